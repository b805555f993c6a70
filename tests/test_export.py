"""The exported graph is the network: the same answers, the same bytes each time, and nothing of the machine in it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from deepsign import bundle as bundles
from deepsign import recipe as recipes
from deepsign.bundle import Bundle, Decision
from deepsign.clip import stack
from deepsign.export import export, graph, litert, weights
from deepsign.export.assemble import assemble
from deepsign.problems import BundleError, DeepSignError, InputError, RecipeError
from deepsign.recognizer import Recognizer
from deepsign.runtime import open_runtime
from deepsign.train.origin import provenance
from made_hands import clip

RECIPE = recipes.check(
    {
        "name": "small",
        "task": "handshape",
        "sign_language": "ase",
        "labels": {"glosses": ["A", "I", {"gloss": "J", "needs_motion": True, "still_as": "I"}], "none": "none"},
        "model": {"name": "handshape", "params": {"width": 8, "embedding": 8}},
    },
    "small.yaml",
)


class Wrist(nn.Module):
    """As small as a landmark network can be: where the right wrist is, on average over the frames that show it."""

    def __init__(self, drops_nan: bool = True) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor([[1.0, -1.0, 0.5]]))
        self.drops_nan = drops_nan

    def forward(self, landmarks: Tensor, times: Tensor, aspect: Tensor) -> tuple[Tensor, Tensor]:
        x = landmarks[:, :, 21, 0] * aspect[:, None] + 0.0 * times
        if self.drops_nan:
            x = torch.where(torch.isnan(x), torch.zeros_like(x), x)
        embedding = x.sum(dim=1, keepdim=True)
        return embedding * self.scale, embedding


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(0)
    return weights.build(RECIPE.model, RECIPE.labels.label_map()).eval()


@pytest.fixture(scope="module")
def bundle(network: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    rng = np.random.default_rng(0)
    examples = [clip("A", rng, frames=1), clip("I", rng, frames=1), clip("J", rng, frames=12)]
    decision = Decision(
        temperature=1.0, reject_below=0.5, none_gloss="none", per_sign_accept={}, false_accept=0.05, top_k=3
    )
    target = tmp_path_factory.mktemp("made") / "small"
    return assemble(target, RECIPE, network, decision, provenance(RECIPE, "none", [], []), examples)


def test_the_graph_is_the_same_bytes_each_time_and_names_no_file() -> None:
    once, twice = graph.to_onnx(Wrist(), "hands"), graph.to_onnx(Wrist(), "hands")
    assert once == twice
    model = onnx.load_from_string(once)
    assert [i.name for i in model.graph.input] == ["landmarks", "times", "aspect"]
    assert [o.name for o in model.graph.output] == ["logits", "embedding"]
    assert model.opset_import[0].version == graph.OPSET
    assert not any(node.doc_string or node.metadata_props for node in model.graph.node)
    assert b".py" not in once


def test_a_graph_of_other_weights_is_refused() -> None:
    content, other = graph.to_onnx(Wrist(), "hands"), Wrist()
    assert graph.check_parity(Wrist(), content, "hands") <= graph.TOLERANCE
    with torch.no_grad():
        other.scale += 0.01
    with pytest.raises(BundleError, match="logits differ from the network's"):
        graph.check_parity(other, content, "hands")


def test_a_network_that_answers_nan_is_refused() -> None:
    with pytest.raises(BundleError, match="differ from the network's by nan"):
        graph.to_onnx(Wrist(drops_nan=False), "hands")


def test_the_golden_cases_try_what_runtimes_get_wrong(bundle: Bundle) -> None:
    cases = [case.arrays()[0][0] for case in bundle.golden]
    assert 6 <= len(cases) <= 10
    assert {len(case) > 1 for case in cases} == {True, False}
    unseen = [np.isnan(case[..., 0]) for case in cases]
    assert any(u.all(axis=1).any() for u in unseen), "a frame without a hand"
    assert any(not u[:, :21].any() and not u[:, 21:].any() for u in unseen), "both hands"
    assert any(np.isnan(case[..., 2]).all() for case in cases), "2-D data"
    # A mirrored hand rightly gives what the hand gives; most others differ.
    assert len({tuple(case.logits) for case in bundle.golden}) > len(cases) / 2


def test_the_network_comes_back_from_its_bundle(bundle: Bundle, network: nn.Module) -> None:
    restored = weights.restore(bundle)
    example = clip("J", np.random.default_rng(7))
    with torch.no_grad():
        expected = restored(*(torch.from_numpy(a) for a in stack([example])))[0].numpy()
    found, _ = Recognizer(bundle).logits([example])
    np.testing.assert_allclose(found, expected, atol=1e-4)
    fresh = weights.build(RECIPE.model, RECIPE.labels.label_map())
    assert weights.start_from(fresh, bundle) == len(network.state_dict())
    for name, value in fresh.state_dict().items():
        assert torch.equal(value, network.state_dict()[name])


def test_weights_that_fit_nowhere_are_refused(bundle: Bundle) -> None:
    with pytest.raises(BundleError, match="none of its weights fit this network"):
        weights.start_from(Wrist(), bundle)


def test_a_network_or_parameter_that_is_not_known_is_named() -> None:
    labels = RECIPE.labels.label_map()
    with pytest.raises(RecipeError, match=r"no network 'handshap'; did you mean handshape\?"):
        weights.build(recipes.Model(name="handshap"), labels)
    with pytest.raises(RecipeError, match=r"model\.params\.widht: unknown key; did you mean width\?"):
        weights.build(recipes.Model(name="handshape", params={"widht": 3}), labels)


def test_a_bundles_graph_is_written_out_once_it_was_checked(bundle: Bundle, tmp_path: Path) -> None:
    assert export(bundle.path, out=tmp_path) == tmp_path / "small.onnx"
    assert (tmp_path / "small.onnx").read_bytes() == bundle.model_path.read_bytes()
    with pytest.raises(InputError, match="--to tflite: can't export that; known: onnx, int8, litert"):
        export(bundle.path, to="tflite", out=tmp_path)


def test_a_graph_with_other_answers_is_not_written_out(bundle: Bundle, tmp_path: Path) -> None:
    files = {name: (bundle.path / name).read_bytes() for name in bundles.FILES}
    golden = json.loads(files["golden.json"])
    golden[2]["logits"][1] += 0.01
    files["golden.json"] = json.dumps(golden).encode()
    other = bundles.write(tmp_path / "other", bundle.manifest, files)
    with pytest.raises(BundleError, match="its logits differ"):
        export(other.path, out=tmp_path / "out.onnx")
    assert [p.name for p in tmp_path.iterdir()] == ["other"], "nothing half-written stays"


def test_eight_bit_weights_keep_the_answers_and_take_less(bundle: Bundle, tmp_path: Path) -> None:
    path = export(bundle.path, to="int8", out=tmp_path)
    assert path.name == "small.int8.onnx"
    assert path.stat().st_size < 0.75 * bundle.model_path.stat().st_size
    example = clip("J", np.random.default_rng(7))
    plain, small = Recognizer(bundle), Recognizer(bundle, open_runtime(bundle.model_path, bundle.name, str(path)))
    plain_logits, small_logits = (r.probabilities(r.logits([example])[0]) for r in (plain, small))
    np.testing.assert_allclose(small_logits, plain_logits, atol=0.05)
    assert not np.array_equal(small_logits, plain_logits), "the weights are the float ones"


def test_a_format_without_its_converter_says_how_to_get_it(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "litert_torch", None)
    with pytest.raises(DeepSignError, match=r"needs litert_torch: pip install 'deepsign\[litert\]'"):
        export(bundle.path, to="litert")


def test_a_network_in_litert_answers_alike_for_stills_clips_and_gaps(bundle: Bundle, tmp_path: Path) -> None:
    pytest.importorskip("litert_torch", reason="needs deepsign[litert]")
    path = export(bundle.path, to="litert", out=tmp_path)
    plain, small = Recognizer(bundle), Recognizer(bundle, open_runtime(bundle.model_path, bundle.name, str(path)))
    rng = np.random.default_rng(7)
    clips = [clip(g, rng, frames=n) for g in ("A", "B", "J") for n in (1, 12, 64)]
    for one in clips:
        assert one.landmarks is not None
        one.landmarks[2:4] = np.nan
    assert plain.logits(clips)[0].shape == small.logits(clips)[0].shape
    np.testing.assert_allclose(small.logits(clips)[0], plain.logits(clips)[0], atol=1e-3)


def test_squares_reach_litert_as_products() -> None:
    class Length(nn.Module):
        """Lengths over five dimensions, more than LiteRT's power takes."""

        def forward(self, landmarks: Tensor) -> Tensor:
            return landmarks.square().sum(-1).sqrt() + torch.linalg.vector_norm(landmarks, dim=-1)

    example = {"landmarks": torch.rand(1, 2, 3, 4, 5, generator=torch.Generator().manual_seed(0))}
    rewritten = litert.expressible(Length().eval(), example)
    torch.testing.assert_close(rewritten(**example), Length()(**example))
    assert "pow" not in str(rewritten.code)
