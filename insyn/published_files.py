"""The files that are fetched by address: model files of OpenCV's public zoo, and LFW.

Each is pinned by its SHA-256. Where the hash was read:

* YuNet and SFace: the pointers of Git's large files in the zoo's repository (opencv/opencv_zoo, `models/…`), which
  state hash and length; SFace's also as a dozen other projects pin it. An older file of the same name is in the zoo's
  history, with another hash and 24 million bytes: it is refused.
* LFW: the table of scikit-learn's fetcher (`sklearn/datasets/_lfw.py`), which has been serving these files from
  figshare since the University's own server became unreliable.
"""

from types import MappingProxyType
from typing import Final

from insyn.downloads import Published

_ZOO: Final = (
    "https://media.githubusercontent.com/media/opencv/opencv_zoo/47534e27c9851bb1128ccc0102f1145e27f23f98/models"
)
_FIGSHARE: Final = "https://ndownloader.figshare.com/files"
_FIGSHARE_STORE: Final = frozenset({"s3-eu-west-1.amazonaws.com"})
_LFW_LICENCE: Final = "for research; no formal licence"

MODELS: Final = MappingProxyType(
    {
        "sface": Published(
            name="face_recognition_sface_2021dec.onnx",
            address=f"{_ZOO}/face_recognition_sface/face_recognition_sface_2021dec.onnx",
            sha256="0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
            size=38_696_353,
            licence="Apache-2.0",
        ),
        "yunet": Published(
            name="face_detection_yunet_2023mar.onnx",
            address=f"{_ZOO}/face_detection_yunet/face_detection_yunet_2023mar.onnx",
            sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
            size=232_589,
            licence="MIT",
        ),
    }
)
"""Model files by the name that `insyn models fetch` takes."""

LFW: Final = tuple(
    Published(
        name=name,
        address=f"{_FIGSHARE}/{number}",
        sha256=sha256,
        size=size,
        licence=_LFW_LICENCE,
        sent_on_to=_FIGSHARE_STORE,
    )
    for name, number, sha256, size in (
        ("pairs.txt", 5976006, "ea42330c62c92989f9d7c03237ed5d591365e89b3e649747777b70e692dc1592", 155_335),
        ("pairsDevTrain.txt", 5976012, "1d454dada7dfeca0e7eab6f65dc4e97a6312d44cf142207be28d688be92aabfa", None),
        ("pairsDevTest.txt", 5976009, "7cb06600ea8b2814ac26e946201cdb304296262aad67d046a16a7ec85d0ff87c", None),
        ("lfw.tgz", 5976018, "055f7d9c632d7370e6fb4afc7468d40f970c34a80d4c6f50ffec63f5a8d536c0", 180_566_744),
    )
)
"""LFW's pictures as they were published first, neither funneled nor cut, and the lists of its two views."""
