"""Native learning: the golden draws, saving in the middle, invariants, new classes, real digits, errors."""

from __future__ import annotations

import signal
import threading

import numpy as np
import pytest
from conftest import ROOT

import spikemesh as akida


def learner(inputs: int = 16, neurons: int = 2, **compiled) -> akida.Model:
    model = akida.Model(layers=[akida.InputData(1, 1, inputs, 'in'), akida.FullyConnected(neurons, 'head', activations_enabled=False)])
    if compiled:
        model.compile(**compiled)
    return model


def sample(*events: int, inputs: int = 16) -> akida.Sparse:
    return akida.coords_to_sparse(np.array([[0, 0, c] for c in events]), (1, 1, inputs))


def ones(model: akida.Model) -> list[list[int]]:
    weights = model.layers[-1].get_variable('weights')[0, 0]
    return [np.flatnonzero(column).tolist() for column in weights.T]


def random_samples(rng: np.random.Generator, count: int, inputs: int) -> akida.Sparse:
    return akida.dense_to_sparse(rng.random((count, 1, 1, inputs)) < 0.3)


def state(model: akida.Model) -> tuple:
    head = model.layers[-1]
    return (
        head.get_variable('weights').tobytes(),
        head.get_variable('threshold_learning').tobytes(),
        head.get_learning_histogram().tobytes(),
        repr(head.learning),
    )


@pytest.mark.covers('Model.compile', 'Model.fit')
def test_the_golden_draws():
    model = learner(num_weights=4)
    assert ones(model) == [[2, 7, 14, 15], [2, 4, 6, 10]]
    first = model.fit(sample(1, 2, 3, 4, 5))
    np.testing.assert_array_equal(first.reshape(-1), [1, 2])
    assert ones(model) == [[2, 7, 14, 15], [1, 2, 4, 5]]
    head = model.layers[-1]
    np.testing.assert_array_equal(head.get_variable('threshold_learning'), [0, 2])
    model.fit(sample(3, 4, 5, 6, 7))
    assert ones(model)[1] == [3, 4, 5, 6]
    np.testing.assert_array_equal(head.get_variable('threshold_learning'), [0, 3])


@pytest.mark.covers('Model.compile')
def test_seeds_and_compiling_again():
    model = learner(num_weights=4)
    fresh = state(model)
    model.fit(sample(1, 2, 3, 4, 5))
    assert state(model) != fresh
    model.compile(4)
    assert state(model) == fresh
    model.compile(4, seed=1)
    assert state(model) != fresh and all(len(row) == 4 for row in ones(model))


@pytest.mark.covers('Model.fit')
def test_rows_are_what_forward_would_have_given():
    rng = np.random.default_rng(5)
    model, step = (learner(32, 6, num_weights=7, num_classes=3) for _ in range(2))
    samples = random_samples(rng, 20, 32)
    labels = rng.integers(0, 4, 20)
    whole = model.fit(samples, labels)
    assert whole.shape == (20, 1, 1, 6) and whole.dtype == np.int32
    for n in range(20):
        one = akida.dense_to_sparse(samples.to_numpy()[n])
        np.testing.assert_array_equal(step.forward(one)[0], whole[n])
        np.testing.assert_array_equal(step.fit(one, int(labels[n]))[0], whole[n])
    assert state(model) == state(step)


@pytest.mark.covers('Model.fit')
def test_labels_of_every_kind():
    rng = np.random.default_rng(6)
    samples = random_samples(rng, 6, 32)
    one_for_all = [2, [2], np.array(2), np.array([2], np.uint8), [2] * 6, np.full(6, 2, np.int16), np.int64(2)]
    states = set()
    for labels in one_for_all:
        model = learner(32, 6, num_weights=7, num_classes=3)
        model.fit(samples, labels)
        states.add(state(model))
        # Only the group of class 2 has learned.
        learned = model.layers[-1].get_variable('threshold_learning') > 0
        assert not learned[:4].any() and learned[4:].any()
    assert len(states) == 1
    model = learner(32, 6, num_weights=7, num_classes=3)
    before = state(model)
    model.fit(samples, input_labels=[3, 99, 3, 4, 5, 1 << 40])
    assert state(model) == before, 'a label that the model does not have'
    model.fit(samples)
    assert state(model) != before, 'without labels every neuron may learn'


@pytest.mark.covers('Model.fit', 'Model.save', 'Model')
@pytest.mark.parametrize('ending', ['.fb', '.fbz'])
def test_saved_in_the_middle_it_goes_on_as_if_it_had_not_been(tmp_path, ending):
    rng = np.random.default_rng(7)
    whole, first = (learner(48, 12, num_weights=9, num_classes=4, learning_competition=0.1) for _ in range(2))
    samples, labels = random_samples(rng, 60, 48).to_numpy(), rng.integers(0, 4, 60)
    whole.fit(akida.dense_to_sparse(samples), labels)
    first.fit(akida.dense_to_sparse(samples[:23]), labels[:23])
    path = tmp_path / f'model{ending}'
    first.save(path)
    second = akida.Model(path)
    assert state(second) == state(first)
    second.fit(akida.dense_to_sparse(samples[23:]), labels[23:])
    assert state(second) == state(whole)


@pytest.mark.covers('Model.fit', 'Layer.get_learning_histogram')
def test_invariants_of_every_step():
    rng = np.random.default_rng(8)
    model = learner(40, 8, num_weights=6, num_classes=2, plasticity_decay=0.2)
    head = model.layers[-1]
    np.testing.assert_array_equal(head.get_learning_histogram(), [[0, 8]])
    before, percentages = head.get_variable('weights')[0, 0], 0
    for n in range(80):
        model.fit(random_samples(rng, 1, 40), int(rng.integers(0, 2)))
        after = head.get_variable('weights')[0, 0]
        assert (after.sum(axis=0) == 6).all()
        assert (after != before).any(axis=0).sum() <= 1
        histogram = head.get_learning_histogram()
        assert histogram.dtype == np.int64 and histogram[:, 1].sum() == 8 and (histogram[:, 1] > 0).all()
        assert (np.diff(histogram[:, 0]) > 0).all() and histogram[:, 0].max() <= 100
        learned = (histogram[:, 0] * histogram[:, 1]).sum()
        assert learned >= percentages, 'plasticity never rises'
        before, percentages = after, learned
    assert percentages == 800, 'all of them have learned to the end'


@pytest.mark.covers('Model.add_classes')
def test_new_classes_leave_the_others_as_they_are():
    rng = np.random.default_rng(9)
    model = learner(40, 8, num_weights=6, num_classes=4)
    head = model.layers[-1]
    model.fit(random_samples(rng, 30, 40), rng.integers(0, 4, 30))
    weights, thresholds = head.get_variable('weights'), head.get_variable('threshold_learning')
    assert model.add_classes(2) is None
    assert model.output_dims == head.output_dims == (1, 1, 12)
    assert (head.parameters.num_neurons, head.learning.num_classes) == (12, 6)
    np.testing.assert_array_equal(head.get_variable('weights')[..., :8], weights)
    np.testing.assert_array_equal(head.get_variable('threshold_learning'), [*thresholds, 0, 0, 0, 0])
    assert (head.get_variable('weights')[0, 0].sum(axis=0) == 6).all()
    model.fit(random_samples(rng, 30, 40), rng.integers(4, 6, 30))
    np.testing.assert_array_equal(head.get_variable('weights')[..., :8], weights)
    assert (head.get_variable('threshold_learning')[8:] > 0).any()
    assert set(model.predict(random_samples(rng, 30, 40), 6)) <= set(range(6))


@pytest.mark.covers('Model.fit', 'Model.compile', 'Model.add_classes', 'Layer.get_learning_histogram')
def test_what_needs_compile_says_so():
    model = learner()
    for call in (lambda: model.fit(sample(1)), lambda: model.add_classes(1), lambda: model.layers[-1].get_learning_histogram()):
        with pytest.raises(RuntimeError, match='not compiled'):
            call()
    with pytest.raises(RuntimeError, match='no layers'):
        akida.Model().compile(1)
    with pytest.raises(RuntimeError):
        akida.FullyConnected(2).get_learning_histogram()


@pytest.mark.covers('Model.compile')
@pytest.mark.parametrize(
    ('layers', 'arguments', 'message'),
    [
        ([akida.FullyConnected(2, weights_bits=2)], {}, 'weights'),
        ([akida.Convolutional(1, 1, 2)], {}, 'Convolutional'),
        ([akida.Convolutional(1, 1, 2, threshold_fire_bits=2), akida.FullyConnected(2)], {}, '2 bit'),
        ([akida.FullyConnected(2)], {'num_weights': 0}, 'num_weights'),
        ([akida.FullyConnected(2)], {'num_weights': 17}, 'num_weights'),
        ([akida.FullyConnected(2)], {'num_weights': -1}, 'num_weights'),
        ([akida.FullyConnected(2)], {'num_classes': 3}, 'num_classes'),
        ([akida.FullyConnected(2)], {'num_classes': 0}, 'num_classes'),
        ([akida.FullyConnected(2)], {'initial_plasticity': 1.5}, 'initial_plasticity'),
        ([akida.FullyConnected(2)], {'min_plasticity': -0.1}, 'min_plasticity'),
        ([akida.FullyConnected(2)], {'plasticity_decay': float('nan')}, 'plasticity_decay'),
        ([akida.FullyConnected(2)], {'learning_competition': 2}, 'learning_competition'),
    ],
)
def test_what_cannot_be_compiled(layers, arguments, message):
    model = akida.Model(layers=[akida.InputData(1, 1, 16), *layers])
    with pytest.raises(ValueError, match=message):
        model.compile(**({'num_weights': 4} | arguments))
    assert model.layers[-1].learning.learning_type is akida.LearningType.NoLearning


@pytest.mark.covers('Model.fit', 'Model.add_classes')
def test_what_cannot_be_learned_from():
    model = learner(num_weights=4, num_classes=2)
    before = state(model)
    for labels, message in ((-1, 'label'), ([0, 1], 'labels for 1'), ([], 'labels for 1'), ([[0]], 'shape'), ([0.5], 'integers'), ('a', 'integers')):
        with pytest.raises(ValueError, match=message):
            model.fit(sample(1, 2), labels)
    with pytest.raises(TypeError, match='must be a Sparse'):
        model.fit([1, 2], 0)
    with pytest.raises(ValueError, match='1x1x16'):
        model.fit(sample(1, inputs=8), 0)
    with pytest.raises(ValueError):
        model.fit(akida.dense_to_sparse(np.full((1, 1, 1, 16), 2)), 0)
    for classes in (0, -1, 1 << 40):
        with pytest.raises(ValueError):
            model.add_classes(classes)
    with pytest.raises(TypeError):
        model.compile(2.5)
    assert state(model) == before


@pytest.mark.covers('Model.fit')
def test_observers_and_statistics_while_learning():
    model = learner(32, 6, num_weights=7)
    samples = random_samples(np.random.default_rng(1), 5, 32)
    observer = model.get_observer(model.layers[-1])
    output = model.fit(samples)
    np.testing.assert_array_equal(np.stack(list(observer.potentials.values())), output)
    statistics = model.get_statistics()['head']
    assert statistics.input_sparsity == pytest.approx(samples.sparsity) and statistics.ops > 0

    def refuse(_layer, source_id, *_):
        if source_id == 2:
            raise KeyError('enough')

    model.register_observer('head', refuse)
    kept = learner(32, 6, num_weights=7)
    kept.fit(samples)
    with pytest.raises(KeyError, match='enough'):
        model.fit(samples)
    # What was learned before the exception stays.
    kept.fit(akida.dense_to_sparse(samples.to_numpy()[:2]))
    assert state(model) == state(kept)


@pytest.mark.covers('Model.fit')
def test_a_sample_that_is_alone_is_learned_from_on_this_thread():
    model, batch, watched = (learner(32, 6, num_weights=7) for _ in range(3))
    samples = random_samples(np.random.default_rng(1), 3, 32)
    one = [akida.dense_to_sparse(sample) for sample in samples.to_numpy()]
    seen, shown = [], []
    handle = model.register_observer('head', lambda layer, *_: seen.append((layer.name, threading.get_ident())))
    for sample in one:
        model.fit(sample)
        watched.fit(sample, progress=lambda *counts: shown.append(counts))
    batch.fit(samples)
    assert seen == [('head', threading.get_ident())] * 3 and shown == [(1, 1)] * 3
    assert state(model) == state(batch) == state(watched)
    assert model.get_statistics()['head'].ops == batch.get_statistics()['head'].ops
    model.unregister_observer(handle)

    def interrupt(*_):
        signal.raise_signal(signal.SIGINT)

    model.register_observer('head', interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.fit(one[0])
    assert state(model) == state(batch)


def test_a_learned_model_runs_on_the_mesh():
    rng = np.random.default_rng(2)
    model = learner(64, 10, num_weights=12, num_classes=5)
    model.fit(random_samples(rng, 50, 64), rng.integers(0, 5, 50))
    samples = random_samples(rng, 4, 64)
    run = model.map('two-nodes').run(samples)
    np.testing.assert_array_equal(run.outputs, model.forward(samples))
    assert run.compared and run.differences == []
    hardware = akida.Model(layers=model.layers, backend=akida.BackendType.Hardware, device='two-nodes')
    assert state(hardware) == state(model)
    hardware.fit(samples, 1)
    model.fit(samples, 1)
    np.testing.assert_array_equal(hardware.forward(samples), model.forward(samples))


def digits(seed: int, neurons: int) -> tuple[float, float, float, float]:
    """Accuracy on all digits; on eight before and after two others come; on those two."""
    rng = np.random.default_rng(seed)
    images = np.load(ROOT / 'traces' / 'digits' / 'images.npy').reshape(-1, 64).astype(np.int64)
    labels = np.load(ROOT / 'traces' / 'digits' / 'labels.npy')
    order = rng.permutation(len(images))
    train, test = order[: int(0.7 * len(order))], order[int(0.7 * len(order)) :]
    sums = images @ rng.integers(-127, 128, (64, 1024))
    features = sums > np.quantile(sums[train], 0.8, axis=0)

    def events(chosen):
        return akida.dense_to_sparse(features[chosen][:, np.newaxis, np.newaxis])

    def fitted(classes, chosen, renamed):
        model = learner(1024, neurons * classes, num_weights=int(1.2 * np.median(features[train].sum(axis=1))),
                        num_classes=classes, learning_competition=0.1, seed=seed)  # fmt: skip
        model.fit(events(chosen), renamed[labels[chosen]])
        return model

    def accuracy(model, chosen, renamed, classes):
        return float((model.predict(events(chosen), classes) == renamed[labels[chosen]]).mean())

    same = np.arange(10)
    everything = accuracy(fitted(10, train, same), test, same, 10)
    # The last two of a random order come later.
    renamed = np.argsort(rng.permutation(10))
    old_train, new_train = (train[renamed[labels[train]] < 8], train[renamed[labels[train]] >= 8])
    old_test, new_test = (test[renamed[labels[test]] < 8], test[renamed[labels[test]] >= 8])
    model = fitted(8, old_train, renamed)
    before = accuracy(model, old_test, renamed, 8)
    model.add_classes(2)
    model.fit(events(new_train), renamed[labels[new_train]])
    return everything, before, accuracy(model, old_test, renamed, 10), accuracy(model, new_test, renamed, 10)


def test_real_digits_are_learned_and_new_ones_added():
    results = {neurons: np.array([digits(seed, neurons) for seed in range(5)]) for neurons in (1, 5, 20)}
    accuracies = [100 * results[neurons][:, 0].mean() for neurons in results]
    assert (np.diff(accuracies) > -0.5).all() and accuracies[-1] - accuracies[0] >= 5, accuracies
    cost = 100 * (results[20][:, 1] - results[20][:, 2])
    assert cost.mean() <= 2 and cost.max() <= 3, cost
    assert results[20][:, 3].mean() >= 0.75, results[20]
