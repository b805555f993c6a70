"""Pictures to landmarks through MediaPipe Tasks: hands; hands with the body's pose; and with the face, too.

MediaPipe Tasks (0.10.33) names the hand as the signer would, in a picture that is not mirrored: measured on 2,155
photos of right palms, all "Right". Legacy MediaPipe, and data made with it, say the opposite.
"""

from __future__ import annotations

import copy
import threading
import weakref
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from deepsign.landmarks import FACE_POINTS, HAND_POINTS, POSE_POINTS, layout_named
from deepsign.perceive import assets
from deepsign.perceive.hands import Hand, Side, sides
from deepsign.perceive.mediapipe_tasks import tasks
from deepsign.perceive.quiet import quiet_stderr
from deepsign.perceive.views import PLAIN, Picture, View, back, views_for
from deepsign.problems import AssetError, InputError

if TYPE_CHECKING:
    from typing_extensions import Self

Points = NDArray[np.float32]

# Found 18 to 36 % more hands in tightly cropped photos than MediaPipe's 0.5, with a border (EXPERIMENTS.md).
CONFIDENCE = 0.3
# A pose wrist counts as seen above this; MediaPipe's own default for "visible".
VISIBLE = 0.5


class Landmarker:
    """Sees landmarks in pictures. A context manager; safe to share between threads, which then take turns.

    layout  "hand" (the surer hand alone), "hands", "hands_pose", or "holistic" (with the face).
    still   True: each picture stands alone and is looked at in several ways until a hand is found.
            False: pictures follow one another and the tracker keeps hold of a hand.

    Raises AssetError where the model files can't be had, InputError for an unknown layout.
    """

    def __init__(self, layout: str, *, still: bool = False) -> None:
        self.layout, self.still = layout_named(layout), still
        self._lock = threading.Lock()
        self._last_ms = 0
        self._hands = _create("hand_landmarker.task", still)
        parts = {point.split(".")[0] for point in self.layout.points}
        self._pose = _create("pose_landmarker_full.task", still) if "pose" in parts else None
        self._face = _create("face_landmarker.task", still) if "face" in parts else None
        self._owner: Landmarker | None = None  # whose trackers these are; they are freed when it is
        self._closing = weakref.finalize(self, _close, [self._hands, self._pose, self._face])

    def see(self, frame: Picture, time_s: float = 0.0) -> Points:
        """Landmarks (P, 3) float32 of one picture (H, W, 3) uint8 RGB, as `Clip.landmarks` holds them.

        time_s, in seconds, must not run backwards unless `still`. What is not seen is NaN.
        """
        with self._lock:
            time_ms = self._tick(time_s)
            pose = self._see_pose(frame, time_ms)
            hands = self._see_hands(frame, time_ms, _wrists(pose))
            face = self._see_face(frame, time_ms)
        height, width = frame.shape[:2]
        fraction = np.array([width, height, width], dtype=np.float32)
        out = np.full((len(self.layout), 3), np.nan, dtype=np.float32)
        if self.layout.name == "hand":
            for hand in sorted(hands.values(), key=lambda h: h.score):
                out[:] = hand.points / fraction
            return out
        for side, hand in hands.items():
            out[self.layout.part(f"{side}_hand")] = hand.points / fraction
        if pose is not None:
            out[self.layout.part("pose")] = pose[:, :3] / fraction
        if face is not None:
            out[self.layout.part("face")] = face / fraction
        return out

    def for_hands(self) -> Landmarker:
        """One for the layout "hands", of the same hand tracker: it takes its memory once, and both take turns.

        For stills: a stream's tracker remembers its last hand. Closing either closes both.
        """
        assert self.still
        other = copy.copy(self)
        other.layout, other._pose, other._face, other._owner = layout_named("hands"), None, None, self
        return other

    def close(self) -> None:
        """Frees the trackers; a second call does nothing."""
        self._closing()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _tick(self, time_s: float) -> int:
        """Milliseconds for the tracker, which demands that they increase; frames 0.4 ms apart still do."""
        if not self.still:
            self._last_ms = max(round(time_s * 1000), self._last_ms + 1)
        return self._last_ms

    def _see_hands(self, frame: Picture, time_ms: int, wrists: dict[Side, Points]) -> dict[Side, Hand]:
        views = views_for(*frame.shape[:2]) if self.still else (PLAIN,)
        for view in views:
            if found := sides(self._look(frame, view, time_ms), wrists):
                return found
        return {}

    def _look(self, frame: Picture, view: View, time_ms: int) -> list[Hand]:
        picture, matrix = view.of(frame)
        result = _run(self._hands, picture, None if self.still else time_ms)
        height, width = picture.shape[:2]
        hands = []
        for names, points in zip(result.handedness, result.hand_landmarks, strict=True):
            side: Side = "left" if names[0].category_name == "Left" else "right"
            pixels = _array(points, len(HAND_POINTS), width, height)
            hands.append(Hand(back(pixels, matrix), side, float(names[0].score)))
        return hands

    def _see_pose(self, frame: Picture, time_ms: int) -> Points | None:
        """The pose (33, 4): px, and how visible each point is; None where no body was found."""
        found = self._follow(self._pose, "pose_landmarks", len(POSE_POINTS), frame, time_ms)
        if found is None:
            return None
        points, pixels = found
        return np.column_stack([pixels, np.array([p.visibility for p in points], dtype=np.float32)])

    def _see_face(self, frame: Picture, time_ms: int) -> Points | None:
        """The face (468, 3) in px; None where none was found. Tasks' ten more points are the irises'."""
        found = self._follow(self._face, "face_landmarks", len(FACE_POINTS), frame, time_ms)
        return None if found is None else found[1]

    def _follow(
        self, task: Any, name: str, count: int, frame: Picture, time_ms: int
    ) -> tuple[list[Any], Points] | None:
        """A task's first `count` points in the whole picture, as MediaPipe gives them and in px (count, 3)."""
        if task is None:
            return None
        picture, matrix = PLAIN.of(frame)
        found = getattr(_run(task, picture, None if self.still else time_ms), name)
        if not found:
            return None
        height, width = picture.shape[:2]
        points = found[0][:count]
        return points, back(_array(points, count, width, height), matrix)


def _wrists(pose: Points | None) -> dict[Side, Points]:
    if pose is None:
        return {}
    at: dict[Side, int] = {side: POSE_POINTS.index(f"{side}_wrist") for side in _SIDES}
    return {side: pose[i, :2] for side, i in at.items() if pose[i, 3] >= VISIBLE}


_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")


def _array(points: Any, count: int, width: int, height: int) -> Points:
    flat = np.fromiter((v for p in points for v in (p.x * width, p.y * height, p.z * width)), np.float32, 3 * count)
    return flat.reshape(count, 3)


def _create(name: str, still: bool) -> Any:
    """A MediaPipe task, warm, its start-up messages swallowed."""
    path = assets.fetch(name)
    with quiet_stderr():
        mediapipe = tasks()
        vision = mediapipe.vision
        mode = vision.RunningMode.IMAGE if still else vision.RunningMode.VIDEO
        base = mediapipe.BaseOptions(model_asset_path=str(path))
        try:
            if name.startswith("hand"):
                options = vision.HandLandmarkerOptions(
                    base_options=base,
                    running_mode=mode,
                    num_hands=2,
                    min_hand_detection_confidence=CONFIDENCE,
                    min_hand_presence_confidence=CONFIDENCE,
                )
                task = vision.HandLandmarker.create_from_options(options)
            elif name.startswith("face"):
                task = vision.FaceLandmarker.create_from_options(
                    vision.FaceLandmarkerOptions(base_options=base, running_mode=mode)
                )
            else:
                task = vision.PoseLandmarker.create_from_options(
                    vision.PoseLandmarkerOptions(base_options=base, running_mode=mode)
                )
            # Some of MediaPipe's messages come with the first picture.
            _run(task, np.zeros((256, 256, 3), dtype=np.uint8), None if still else 0)
        except (RuntimeError, ValueError, OSError) as error:
            reason = str(error).strip().splitlines()
            raise AssetError(f"{path}: MediaPipe can't open it ({reason[0] if reason else error!r})") from None
    return task


def _run(task: Any, picture: Picture, time_ms: int | None) -> Any:
    import mediapipe

    if picture.ndim != 3 or picture.shape[-1] != 3 or picture.dtype != np.uint8 or 0 in picture.shape:
        raise InputError(f"a picture must be (H, W, 3) uint8, not {picture.shape} {picture.dtype}")
    image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(picture))
    return task.detect(image) if time_ms is None else task.detect_for_video(image, time_ms)


def _close(tasks: list[Any]) -> None:
    for task in tasks:
        if task is None:
            continue
        try:
            task.close()
        except RuntimeError:
            # The interpreter is going down and MediaPipe's worker thread is gone. Without its handle the task's
            # destructor leaves the freeing to the process's end, in silence.
            task._handle = None
