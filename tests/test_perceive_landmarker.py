"""Landmarks in pictures: whose hand is whose, mirrors, small pictures, two hands, videos, and quiet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from deepsign.landmarks import HOLISTIC, mirrored
from deepsign.perceive import Landmarker, open_clip, read_frames
from deepsign.perceive.hands import Hand, sides
from deepsign.perceive.views import LONG_SIDE, View, back
from deepsign.problems import InputError

Picture = NDArray[np.uint8]
LEFT, RIGHT = slice(0, 21), slice(21, 42)


def seen(points: NDArray[np.float32]) -> tuple[bool, bool]:
    return not np.isnan(points[LEFT]).any(), not np.isnan(points[RIGHT]).any()


def test_a_right_hand_is_found_in_its_place(
    still_tracker: Landmarker, hand_picture: Picture, hand_points: NDArray[np.float64]
) -> None:
    points = still_tracker.see(hand_picture)
    assert points.shape == (42, 3) and points.dtype == np.float32
    assert seen(points) == (False, True)
    assert np.abs(points[RIGHT, :2] - hand_points).max() < 0.05


def test_the_mirrored_picture_is_a_left_hand_with_mirrored_points(
    still_tracker: Landmarker, hand_picture: Picture
) -> None:
    points = still_tracker.see(hand_picture)
    flipped = still_tracker.see(np.ascontiguousarray(hand_picture[:, ::-1]))
    assert seen(flipped) == (True, False)
    assert np.abs(mirrored(flipped[None], "hands")[0, RIGHT, :2] - points[RIGHT, :2]).max() < 0.03


def test_a_left_hand_in_a_photo(still_tracker: Landmarker, shared_data: Path) -> None:
    picture = np.array(Image.open(shared_data / "media" / "hands.jpg"))[:, :360]
    assert seen(still_tracker.see(picture)) == (True, False)


@pytest.mark.parametrize("size", [60, 100, 2000])
def test_pictures_of_any_size(
    still_tracker: Landmarker, hand_picture: Picture, hand_points: NDArray[np.float64], size: int
) -> None:
    points = still_tracker.see(np.array(Image.fromarray(hand_picture).resize((size, size))))
    assert np.abs(points[RIGHT, :2] - hand_points).max() < 0.06


def test_a_hand_cut_by_the_picture_s_edge_is_found(still_tracker: Landmarker, hand_picture: Picture) -> None:
    assert seen(still_tracker.see(hand_picture[60:440, 110:430])) == (False, True)


def test_points_are_fractions_of_width_and_height(
    still_tracker: Landmarker, hand_picture: Picture, hand_points: NDArray[np.float64]
) -> None:
    wall = np.full((480, 480, 3), hand_picture[0, 0], dtype=np.uint8)
    points = still_tracker.see(np.hstack([wall, hand_picture]))
    assert np.abs(points[RIGHT, 0] - (0.5 + hand_points[:, 0] / 2)).max() < 0.03
    assert np.abs(points[RIGHT, 1] - hand_points[:, 1]).max() < 0.05


def test_two_hands_each_take_their_place(still_tracker: Landmarker, hand_picture: Picture) -> None:
    # As a signer faces the camera: the right hand on the picture's left.
    points = still_tracker.see(np.hstack([hand_picture, hand_picture[:, ::-1]]))
    assert seen(points) == (True, True)
    assert points[RIGHT, 0].max() < 0.5 < points[LEFT, 0].min()


def test_two_left_hands_fill_both_places(still_tracker: Landmarker, shared_data: Path) -> None:
    picture = np.array(Image.open(shared_data / "media" / "hands.jpg"))
    assert seen(still_tracker.see(picture)) == (True, True)


def test_no_hand_is_all_nan(still_tracker: Landmarker) -> None:
    wall = np.random.default_rng(0).integers(150, 170, (240, 320, 3)).astype(np.uint8)
    assert np.isnan(still_tracker.see(wall)).all()


def test_layout_hand_is_one_hand_of_either_side(hand_picture: Picture, still_tracker: Landmarker) -> None:
    with Landmarker("hand", still=True) as tracker:
        alone = tracker.see(np.ascontiguousarray(hand_picture[:, ::-1]))
    assert alone.shape == (21, 3) and np.isfinite(alone).all()


def test_a_photo_file_becomes_a_still_clip(tmp_path: Path, hand_picture: Picture, still_tracker: Landmarker) -> None:
    path = tmp_path / "hand.png"
    Image.fromarray(hand_picture).save(path)
    clip = open_clip(path, layout="hands", engine=still_tracker)
    assert len(clip) == 1 and clip.layout == "hands" and clip.frames is None and clip.source == str(path)
    assert clip.landmarks is not None and np.isfinite(clip.landmarks[0, RIGHT]).all()
    with pytest.raises(InputError, match="layout hands, not hand"):
        open_clip(path, layout="hand", engine=still_tracker)


def test_an_engine_is_used_where_it_fits_and_only_there(
    tmp_path: Path, hand_picture: Picture, still_tracker: Landmarker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Landmarker] = []
    see = Landmarker.see

    def spy(self: Landmarker, frame: Picture, time_s: float = 0.0) -> NDArray[np.float32]:
        asked.append(self)
        return see(self, frame, time_s)

    monkeypatch.setattr(Landmarker, "see", spy)
    path = tmp_path / "hand.png"
    Image.fromarray(hand_picture).save(path)
    with Landmarker("hands", still=False) as moving:
        open_clip(path, layout="hands", engine=moving)
        open_clip(path, layout="hands", engine=still_tracker)
    assert asked[0] is not moving and asked[0].still and asked[1] is still_tracker


def test_a_moving_hand_is_followed_and_times_may_be_close(still_tracker: Landmarker, hand_picture: Picture) -> None:
    with Landmarker("hands") as tracker:
        for i in range(6):
            points = tracker.see(np.roll(hand_picture, 4 * i, axis=1), i * 0.0004)
            assert seen(points) == (False, True)
    assert points[RIGHT, 0].mean() > still_tracker.see(hand_picture)[RIGHT, 0].mean() + 0.02


def test_hands_and_pose_on_a_video(shared_data: Path) -> None:
    clip = open_clip(shared_data / "video" / "startasl_sdb1228" / "more.mp4", layout="hands_pose")
    assert clip.landmarks is not None and clip.landmarks.shape == (58, 75, 3)
    pose, right = clip.landmarks[:, 21:54], clip.landmarks[:, 54:]
    assert np.isfinite(pose[:, 0]).mean() > 0.9
    both = np.isfinite(right[:, 0, 0])
    # The right hand hangs on the right wrist (pose point 16), and is on the picture's left of the left one (15).
    assert np.abs(right[both, 0, :2] - pose[both, 16, :2]).max(axis=1).mean() < 0.05
    assert (pose[:, 16, 0] < pose[:, 15, 0]).mean() > 0.9


def test_an_unknown_layout_and_a_grey_array_are_refused(still_tracker: Landmarker) -> None:
    with pytest.raises(InputError, match="unknown landmark layout 'feet'"):
        Landmarker("feet")
    with pytest.raises(InputError, match="uint8"):
        still_tracker.see(np.zeros((10, 10), dtype=np.uint8))


def test_nothing_reaches_stderr_even_unclosed(still_tracker: Landmarker) -> None:
    code = (
        "import numpy as np\nfrom deepsign.perceive import Landmarker\n"
        "for still in (True, False):\n    t = Landmarker('hands', still=still)\n"
        "    t.see(np.zeros((300, 400, 3), np.uint8), 0.0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_importing_is_light() -> None:
    code = "import sys, deepsign.perceive; print([m for m in ('mediapipe', 'cv2', 'av', 'PIL') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def hand(x: float, side: str, score: float = 0.9) -> Hand:
    points = np.random.default_rng(1).uniform(0, 100, (21, 3)).astype(np.float32) + np.float32([x, 0, 0])
    return Hand(points, side, score)  # type: ignore[arg-type]


def test_one_hand_detected_twice_is_one() -> None:
    placed = sides([hand(0, "left", 0.6), hand(10, "right", 0.9)])
    assert set(placed) == {"right"} and placed["right"].score == 0.9


def test_of_two_hands_with_one_label_the_surer_keeps_it() -> None:
    placed = sides([hand(0, "left", 0.7), hand(300, "left", 0.95)])
    assert placed["left"].score == 0.95 and placed["right"].score == 0.7


def test_the_arm_overrules_the_label() -> None:
    near, far = hand(0, "left"), hand(400, "left", 0.99)
    wrists = {"right": near.points[0, :2], "left": far.points[0, :2]}
    assert sides([near, far], wrists) == {"right": near, "left": far}  # type: ignore[arg-type]
    assert sides([near], wrists) == {"right": near}  # type: ignore[arg-type]


def test_a_hand_between_both_wrists_keeps_its_label() -> None:
    praying = hand(0, "left")
    wrists = {"right": praying.points[0, :2] + 4, "left": praying.points[0, :2] - 5}
    assert set(sides([praying], wrists)) == {"left"}  # type: ignore[arg-type]


@pytest.mark.parametrize("view", [View(), View(0.35), View(1.0, soft=True), View(0.35, 30, warm=True), View(0.0, -90)])
@pytest.mark.parametrize("shape", [(100, 100), (120, 300), (3000, 2000)])
def test_a_view_and_the_way_back(view: View, shape: tuple[int, int]) -> None:
    picture = np.zeros((*shape, 3), dtype=np.uint8)
    at, size = (0.6 * shape[1], 0.4 * shape[0]), max(shape) // 20
    picture[int(at[1]) - size : int(at[1]) + size, int(at[0]) - size : int(at[0]) + size] = 255
    seen_from, matrix = view.of(picture)
    assert max(seen_from.shape) <= LONG_SIDE + 1
    y, x = np.nonzero(seen_from[..., 0] > 127)
    middle = np.array([[x.mean() + 0.5, y.mean() + 0.5, 10 * np.hypot(*matrix[:, 0])]], dtype=np.float32)
    assert back(middle, matrix)[0] == pytest.approx([int(at[0]), int(at[1]), 10], abs=max(shape) / 400)


def test_one_hand_tracker_serves_two_layouts(hand_picture: Picture, still_tracker: Landmarker) -> None:
    with Landmarker("hands_pose", still=True) as whole:
        hands = whole.for_hands()
        np.testing.assert_array_equal(hands.see(hand_picture), still_tracker.see(hand_picture))
        assert whole.see(hand_picture).shape == (75, 3)
        del whole
        assert not np.isnan(hands.see(hand_picture)).all(), "the trackers live as long as either does"


def test_the_tracker_needs_no_plotting_and_leaves_it_usable() -> None:
    code = (
        "import sys; from deepsign.perceive.mediapipe_tasks import tasks; tasks().vision.HandLandmarker\n"
        "assert not [m for m in sys.modules if m.startswith('matplotlib')]\n"
        "import matplotlib.figure; matplotlib.figure.Figure(); import matplotlib.pyplot; matplotlib.pyplot.plot\n"
        "tasks().vision.HandLandmarker"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_the_tracker_looks_for_no_sound_card_so_that_a_killed_one_leaves_no_file() -> None:
    code = (
        "import sys; ran = []\n"
        "starts = ('tempfile.mkstemp', 'tempfile.mkdtemp', 'subprocess.Popen')\n"
        "sys.addaudithook(lambda event, _: ran.append(event) if event in starts else None)\n"
        "from deepsign.perceive.mediapipe_tasks import tasks; tasks().vision.HandLandmarker\n"
        "assert not ran and 'sounddevice' not in sys.modules, ran"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_the_face_is_seen_where_the_body_has_it(shared_data: Path) -> None:
    frames = read_frames(shared_data / "video" / "startasl_sdb1228" / "school.mp4")
    _, picture = next(iter(frames))
    with Landmarker("holistic", still=True) as tracker:
        points = tracker.see(picture)
        nothing = tracker.see(np.zeros((240, 320, 3), dtype=np.uint8))
    assert points.shape == (543, 3) and not np.isnan(points[HOLISTIC.part("face")]).any()
    for face, body in (("1", "nose"), ("33", "right_eye_outer"), ("263", "left_eye_outer")):
        near = points[HOLISTIC.index[f"face.{face}"], :2] - points[HOLISTIC.index[f"pose.{body}"], :2]
        assert np.abs(near).max() < 0.03, "of the picture's side"
    assert np.isnan(nothing).all()
