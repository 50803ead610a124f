"""The simulated hardware: the Hardware backend, devices, programs, runs."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from conftest import randomise

import spikemesh as akida
from spikemesh import BackendType

HARDWARE = {'backend': BackendType.Hardware, 'device': 'two-nodes'}


@pytest.mark.covers('BackendType.Hardware', 'Model.backend', 'Model.forward', 'Model.evaluate', 'Model.predict')
@pytest.mark.parametrize('which', ['image_model', 'event_model'])
def test_the_mesh_gives_the_engines_outputs(request, which, images, events):
    model = request.getfixturevalue(which)
    given = images if which == 'image_model' else events
    mesh = akida.Model(layers=model.layers, **HARDWARE)
    assert mesh.backend is BackendType.Hardware and mesh.last_run is None
    output = mesh.forward(given)
    assert type(output) is type(model.forward(given))
    assert np.array_equal(output, model.forward(given)) if which == 'image_model' else output == model.forward(given)
    np.testing.assert_array_equal(mesh.predict(given), model.predict(given))
    run = mesh.last_run
    assert run.compared and run.differences == [] and (run.cycles > 0).all() and len(run.cycles) == given.shape[0]
    if which == 'image_model':
        np.testing.assert_array_equal(mesh.evaluate(given), model.evaluate(given))
        assert mesh.last_run is not run


@pytest.mark.covers('BackendType.Hardware', 'Model.register_observer', 'Model.get_statistics')
def test_observers_and_statistics_on_the_mesh(event_model, events):
    mesh = akida.Model(layers=event_model.layers, **HARDWARE)
    observer, expected = mesh.get_observer(mesh.get_layer('conv')), event_model.get_observer(event_model.get_layer('conv'))
    mesh.forward(events)
    event_model.forward(events)
    assert all(observer.spikes[n] == expected.spikes[n] for n in range(4))
    assert mesh.get_statistics()['head'].ops == event_model.get_statistics()['head'].ops > 0


@pytest.mark.covers('BackendType.Hardware')
def test_a_changed_model_is_mapped_again(event_model, events):
    mesh = akida.Model(layers=event_model.layers, **HARDWARE)
    before = mesh.forward(events)
    conv = mesh.get_layer('conv')
    conv.set_variable('threshold_fire', conv.get_variable('threshold_fire') + 5)
    after = mesh.forward(events)
    assert before != after
    assert after == akida.Model(layers=mesh.layers).forward(events)


@pytest.mark.covers('BackendType.Hardware')
def test_what_the_mesh_cannot_take(events, images):
    model = akida.Model(layers=[akida.InputData(5, 4, 3), akida.Convolutional(2, 2, 7, 'even')], **HARDWARE)
    randomise(model, 1)
    with pytest.raises(ValueError, match='`even`'):
        model.forward(events)
    with pytest.raises(TypeError):
        model.forward('events')
    with pytest.raises(ValueError, match='5x4x3'):
        model.forward(images)
    with pytest.raises(ValueError, match='no device named'):
        akida.Model(backend=BackendType.Hardware, device='akd9')
    with pytest.raises(ValueError, match='no mapping'):
        akida.Model(backend=BackendType.Hardware, mode='maximal')


def test_saved_and_pickled_hardware_models(tmp_path, event_model, events):
    mesh = akida.Model(layers=event_model.layers, **HARDWARE)
    mesh.save(tmp_path / 'model.fbz')
    loaded = akida.Model(tmp_path / 'model.fbz', **HARDWARE)
    again = copy.deepcopy(mesh)
    assert again.backend is BackendType.Hardware
    assert loaded.forward(events) == again.forward(events) == event_model.forward(events)


def test_map_reports_what_it_takes(image_model):
    program = image_model.map('two-nodes')
    assert (program.nps, program.passes, program.device.name) == (2, 1, 'two-nodes')
    assert [layer['name'] for layer in program.plan['layers']] == ['pixels', 'features', 'head']
    assert 'convolution' in program.disassemble()
    assert 'features' in program._repr_html_()
    with pytest.raises(ValueError, match='no mapping'):
        image_model.map('two-nodes', 'most')


def test_a_run_has_outputs_cycles_stalls_and_energy(tmp_path, image_model, images):
    program = image_model.map('two-nodes')
    waves = tmp_path / 'waves.vcd'
    run = program.run(images, waves=waves, trace=tmp_path / 'packets.spt', events=True)
    assert (tmp_path / 'packets.spt').read_bytes().startswith(b'\x89SPT')
    np.testing.assert_array_equal(run.outputs, image_model.forward(images))
    assert run.differences == [] and run.compared
    assert run.cycles.dtype == np.uint64 and run.cycles.shape == (5,) and (run.cycles > 0).all()
    np.testing.assert_allclose(run.seconds, run.cycles / 300e6)
    assert list(run.layers['name']) == ['pixels', 'features', 'head']
    assert (run.layers['clocks'] > 0).all() and run.stalls.keys() == {'pixels', 'features', 'head'}
    assert run.energy['dynamic_pj'] > 0
    for claim in (run.cycles_claim, run.throughput_claim, run.energy['claim']):
        assert claim['basis'] in ('calibrated', 'extrapolated', 'assumed')
        assert (claim['worst'] is not None) == (claim['basis'] == 'calibrated') == (claim['reasons'] == [])
    assert sum(run.units['dynamic_pj']) == pytest.approx(run.energy['dynamic_pj'])
    assert waves.read_text().startswith('$') and '$enddefinitions' in waves.read_text()
    assert 'agrees with the engine' in repr(run) and 'features' in run._repr_html_()


def test_events_of_a_run_are_the_spikes(event_model, events):
    observers = {name: event_model.get_observer(event_model.get_layer(name)) for name in ('conv', 'head')}
    event_model.forward(events)
    program = event_model.map('two-nodes')
    for batch in (1, 3):
        run = program.run(events, events=True, batch=batch)
        names = list(run.layers['name'])
        for name, observer in observers.items():
            for frame, spikes in observer.spikes.items():
                of_layer = run.events[(run.events['layer'] == names.index(name)) & (run.events['frame'] == frame)]
                maps = np.zeros(spikes.shape, np.uint8)
                maps[of_layer['x'], of_layer['y'], of_layer['c']] = of_layer['value']
                np.testing.assert_array_equal(maps, spikes.to_numpy())
                assert len(of_layer) == spikes.nnz and (np.diff(of_layer['cycle'].astype(int)) >= 0).all()
        assert len(run.events) == run.layers['emitted'].sum()
    with pytest.raises(ValueError, match='events=True'):
        program.run(events).events  # noqa: B018


def test_frames_in_a_batch_overlap(image_model, images):
    program = image_model.map('two-nodes')
    alone, together = program.run(images), program.run(images, batch=5)
    np.testing.assert_array_equal(alone.outputs, together.outputs)
    frames = together.stats['frames']
    assert frames[-1]['end'] - frames[0]['start'] < alone.cycles.sum()
    with pytest.raises(ValueError, match='batch'):
        program.run(images, batch=0)


def test_program_files(tmp_path, event_model, events):
    program = event_model.map('two-nodes')
    path = tmp_path / 'program.npx'
    program.save(path)
    loaded = akida.Program.load(path, 'two-nodes')
    assert (loaded.passes, loaded.plan, loaded.nps) == (1, None, None)
    run = loaded.run(events)
    assert run.outputs == event_model.forward(events) and not run.compared
    head = event_model.get_layer('head')
    head.set_variable('threshold_fire', head.get_variable('threshold_fire') - 3)
    against = akida.Program.load(path, 'two-nodes', model=event_model).run(events)
    assert against.compared and 'head' in against.differences[0] and 'differs' in repr(against)
    damaged = path.read_bytes()
    path.write_bytes(damaged[:-5])
    with pytest.raises(ValueError):
        akida.Program.load(path, 'two-nodes')


def test_devices():
    assert {'akd1000', 'akd1500', 'two-nodes'} <= set(akida.Device.names())
    device = akida.Device('akd1500')
    assert (device.name, device.nps, device.clock_hz) == ('akd1500', 32, 400_000_000)
    constants = device.constants
    assert constants['np.weight_bytes'].basis in ('documented', 'measured', 'fitted', 'assumed')
    assert all(constant.source for constant in constants.values())
    assert constants['timing.np.accumulate[1].clocks'].value == 4.48
    assert len(device.sha256) == 64 and device.sha256 != akida.Device('akd1000').sha256
    lines = device.canonical_text.splitlines()
    assert 'timing.np.accumulate[1].clocks=4.48 fitted' in lines and lines == sorted(lines)
    with pytest.raises(ValueError, match='akd1000'):
        akida.Device('akd9')


def test_devices_edited_in_python(event_model, events):
    device = akida.Device('two-nodes')
    slow = device.replace({'clock_hz': 100_000_000, 'network.sw_alloc_delay': 5}, name='slow', source='an experiment')
    assert (slow.name, slow.clock_hz, device.clock_hz) == ('slow', 100_000_000, 300_000_000)
    assert slow.constants['network.sw_alloc_delay'] == akida.Constant(5, 'assumed', 'an experiment')
    assert slow.sha256 != device.sha256 == akida.Device('two-nodes').sha256
    fast, later = (event_model.map(each).run(events) for each in (device, slow))
    assert later.outputs == fast.outputs and (later.cycles > fast.cycles).all()
    for wrong, message in (({'nodes': 1}, 'no constant'), ({'rows': 0}, 'rows'), ({'rows': 'two'}, 'not a device'), ({'rows': -1}, 'device')):
        with pytest.raises(ValueError, match=message):
            device.replace(wrong)
    with pytest.raises(ValueError, match='1:1'):
        akida.Device.parse('nonsense')


def test_what_is_replaced_in_python_is_claimed_no_longer(events):
    model = akida.Model()
    model.add(akida.InputData((14, 14, 64), name='events'))
    model.add(akida.SeparableConvolutional((3, 3), 64, name='sep', weights_bits=4))
    model.randomize(1)
    frame = (np.random.default_rng(1).random((1, 14, 14, 64)) < 0.4).astype(np.uint8)
    device = akida.Device('akd1500')

    def claims(device):
        run = model.map(device).run(frame)
        return run.cycles_claim, run.throughput_claim, run.energy['claim']

    cycles, throughput, energy = claims(device)
    assert [claim['basis'] for claim in (cycles, throughput, energy)] == ['calibrated'] * 3
    assert cycles['worst'] == 0.0319 and energy['worst'] == 0.5802
    slower = claims(device.replace({'timing.np.separable.position': 200.0}))
    assert [claim['basis'] for claim in slower] == ['assumed'] * 3
    assert all('timing.np.separable.position' in claim['reasons'][0] for claim in slower)
    link = claims(device.replace({'network.link_delay': 2}))
    assert [claim['basis'] for claim in link] == ['calibrated'] * 3
    clock = claims(device.replace({'clock_hz': 100_000_000}))
    assert [claim['basis'] for claim in clock] == ['calibrated', 'assumed', 'calibrated']
