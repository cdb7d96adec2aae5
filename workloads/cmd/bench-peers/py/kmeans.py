"""scikit-learn's KMeans from given centres, Lloyd's iterations, float64."""
import functools
import time
import warnings

import peer

import numpy as np
import threadpoolctl
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

warnings.simplefilter("ignore", ConvergenceWarning)  # 50 iterations are meant to be the end


@functools.cache
def data(folder, fits):
    return [(np.load(f"{folder}/points-{i}.npy"), np.load(f"{folder}/centers-{i}.npy")) for i in range(fits)]


def handle(task):
    """Fits all datasets; the value is the sum of their inertias."""
    sets = data(task["dir"], task["fits"])
    inertia, iterations = 0.0, 0
    with threadpoolctl.threadpool_limits(peer.THREADS):
        begun = time.perf_counter()
        for points, centers in sets:
            model = KMeans(
                n_clusters=len(centers), init=centers, n_init=1, algorithm="lloyd",
                max_iter=task["max_iterations"], tol=task["tolerance"],
            ).fit(points)
            inertia += model.inertia_
            iterations += model.n_iter_
        seconds = time.perf_counter() - begun
    return {"seconds": seconds, "value": inertia, "note": f"lloyd, {iterations} iterations, {peer.THREADS} threads"}


peer.serve(handle)
