"""Makes what the tests compare with: OpenCV's edges, corners and hash of scene.png.

Run beside scene.png, which TestSceneIsTheStoredOne writes: python opencv.py
Made with opencv-contrib-python-headless 4.13.0.92.
"""

import json
import pathlib

import cv2

here = pathlib.Path(__file__).parent
scene = cv2.imread(str(here / "scene.png"), cv2.IMREAD_GRAYSCALE)
small = cv2.resize(scene, (32, 32), interpolation=cv2.INTER_AREA)
cv2.imwrite(str(here / "canny.png"), cv2.Canny(scene, 50, 150))
cv2.imwrite(str(here / "area.png"), cv2.resize(scene, (61, 47), interpolation=cv2.INTER_AREA))
cv2.imwrite(str(here / "small.png"), small)
across = cv2.Sobel(scene, cv2.CV_16S, 1, 0, borderType=cv2.BORDER_REPLICATE)
down = cv2.Sobel(scene, cv2.CV_16S, 0, 1, borderType=cv2.BORDER_REPLICATE)
corners = [
    [int(k.pt[0]), int(k.pt[1]), int(k.response)] for k in cv2.FastFeatureDetector_create(20, True).detect(scene)
]
facts = {
    "corners": corners,
    "hash": cv2.img_hash.pHash(small).tobytes().hex(),
    "sobel_across_sum": int(abs(across.astype(int)).sum()),
    "sobel_down_sum": int(abs(down.astype(int)).sum()),
    "sobel_row_31": [across[31].tolist(), down[31].tolist()],
}
(here / "opencv.json").write_text(json.dumps(facts) + "\n")
