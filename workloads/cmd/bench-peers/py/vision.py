"""OpenCV's side of the vision cases: the same steps, one picture at a time."""
import time

import peer

import cv2
import numpy

cv2.setNumThreads(peer.THREADS)

# The corners' detector and the cascade are made once, as on the other side.
FAST = cv2.FastFeatureDetector_create(20, True)
CASCADE = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")

# What the flags of imread divide a JPEG's sides by.
REDUCED = {
    8: cv2.IMREAD_REDUCED_COLOR_8,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    1: cv2.IMREAD_COLOR,
}

_read = {}


def data_of(task):
    """The task's pictures, read once: gray ones, or a JPEG's bytes."""
    key = tuple(task["files"])
    if key not in _read:
        _read.clear()
        if task["step"] == "decode":
            _read[key] = [numpy.fromfile(name, numpy.uint8) for name in key]
        else:
            _read[key] = [cv2.imread(name, cv2.IMREAD_GRAYSCALE) for name in key]
    return _read[key]


def decode(data, task):
    """Decodes at the fraction that still has enough pixels, and averages."""
    long_side = task["long_side"]
    denominator = next(d for d in REDUCED if task["photo_side"] >= d * long_side or d == 1)
    picture = cv2.imdecode(data, REDUCED[denominator])
    height, width = picture.shape[:2]
    factor = long_side / max(width, height)
    small = cv2.resize(picture, (round(width * factor), round(height * factor)), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)


def sobel(gray, task):
    across = cv2.Sobel(gray, cv2.CV_16S, 1, 0, borderType=cv2.BORDER_REPLICATE)
    down = cv2.Sobel(gray, cv2.CV_16S, 0, 1, borderType=cv2.BORDER_REPLICATE)
    return float(across[10, 10]) + float(down.flat[down.size // 2])


def canny(gray, task):
    return cv2.countNonZero(cv2.Canny(gray, 50, 150)) / gray.size


def fast(gray, task):
    return len(FAST.detect(gray))


def phash(gray, task):
    """cv2.img_hash.pHash, but shrunk by averaging, as on the other side."""
    small = cv2.resize(gray, (32, 32), interpolation=cv2.INTER_AREA)
    return sum(int(byte).bit_count() for byte in cv2.img_hash.pHash(small)[0])


def faces(gray, task):
    return CASCADE.detectMultiScale(gray, scaleFactor=1.1, minNeighbors=3, minSize=(40, 40))


STEPS = {"decode": decode, "sobel": sobel, "canny": canny, "fast": fast, "phash": phash, "faces": faces}


def value_of(results, task):
    """What is compared, made of a step's results, and a note."""
    if task["step"] == "decode":
        return float(results[0].mean()), None
    if task["step"] != "faces":
        return float(sum(results)), None
    hits = wrong = 0
    for boxes, truth in zip(results, task["faces"]):
        right = [is_face(box, truth) for box in boxes]
        hits += any(right)
        wrong += len(right) - sum(right)
    count = sum(truth["side"] > 0 for truth in task["faces"])
    return hits, f"{hits} of {count} faces found, and {wrong} that are none"


def is_face(box, truth):
    x, y, width, height = (float(v) for v in box)
    away = numpy.hypot(x + width / 2 - truth["x"], y + height / 2 - truth["y"])
    side = truth["side"]
    return side > 0 and away < 0.3 * side and 0.5 * side < width < 2 * side


def handle(task):
    data, step = data_of(task), STEPS[task["step"]]
    begun = time.perf_counter()
    for _ in range(task["repetitions"]):
        results = [step(item, task) for item in data]
    seconds = (time.perf_counter() - begun) / task["repetitions"]
    value, note = value_of(results, task)
    answer = {"seconds": seconds, "value": value}
    return answer | ({"note": note} if note else {})


peer.serve(handle)
