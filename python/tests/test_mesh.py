"""The simulated hardware: the Hardware backend, devices, programs, runs."""

from __future__ import annotations

import copy
import errno
import pickle

import numpy as np
import pytest
from conftest import ROOT, randomise

import spikemesh as akida
from spikemesh import BackendType
from spikemesh.records import records

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


def test_a_model_that_does_not_fit_says_what_would():
    wide = akida.Model(layers=[akida.InputData(512, 8, 64), akida.Convolutional(3, 3, 8, 'wide', weights_bits=4)])
    with pytest.raises(ValueError) as refused:
        wide.map('akd1000')
    message = str(refused.value)
    assert '= 49152 bytes of input map > 43008 (np.input_bytes)' in message
    assert 'layer `wide` fits with at most 56 input channels, or 448 columns' in message
    assert '[compiler::input_too_large]' in message and '--' not in message and '\n' not in message


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


def test_reasons_of_units_add_up(image_model, images):
    run = image_model.map('two-nodes').run(images, batch=5)
    reasons = ('compute', 'wait_input', 'wait_map', 'wait_fifo', 'drain', 'load', 'unused')
    states = ('unpack', 'fetch', 'accumulate', 'scan', 'walk', 'convolve', 'inject')
    assert (sum(run.units[reason] for reason in reasons) == run.span_clocks).all()
    assert (sum(run.units[state] for state in states) == run.units['compute']).all()
    assert (run.units['compute'] == run.units['clocks']).all()
    for reason in ('wait_input', 'wait_map', 'wait_fifo'):
        assert run.blame['clocks'][run.blame['reason'] == reason].sum() == run.units[reason].sum()
    assert set(run.blame['unit']) <= set(run.units['name']) and run.blame['clocks'].min() > 0
    assert run.main_reasons.keys() == set(run.layers['name']) and all(run.main_reasons.values())
    assert sum(run.stalls.values()) == run.layers['wait_map'].sum() + run.layers['wait_fifo'].sum()


def test_tables_of_a_run_are_typed_and_not_mixed(image_model, images):
    program = image_model.map('two-nodes')
    one, run = program.run(images[:1]), program.run(images)
    for table in (run.frames, run.layers, run.claims, run.units):
        kinds = {name: table.dtype[name].kind for name in table.dtype.names}
        text = {name for name, kind in kinds.items() if kind == 'U'}
        assert all(name.endswith(('name', 'layer', 'basis', 'reasons')) for name in text), text
        assert set(kinds.values()) <= set('Uif') and not [name for name in text if any('{' in value for value in table[name])], kinds
    assert not [name for name in run.layers.dtype.names if 'claim' in name]
    assert list(run.claims['name']) == list(run.layers['name'])
    assert set(run.claims['clocks_basis']) <= {'spec', 'calibrated', 'extrapolated', 'assumed'}
    assert run.claims['clocks_median'].dtype == run.claims['clocks_worst'].dtype == np.float64
    assert run.frames['end'].sum() - run.frames['start'].sum() == run.cycles.sum() and len(run.frames) == 5
    assert run.frames['dynamic_pj'].sum() == pytest.approx(run.layers['dynamic_pj'].sum() + run.energy['dma_pj'])
    assert '5 frames,' in repr(run) and 'clocks a frame' in repr(run) and '1 frame,' in repr(one)
    html = run._repr_html_()
    assert 'summed over all frames' in html and 'clocks of the slowest unit' in html and 'calibrated' not in html


def test_every_counter_of_a_layer_is_a_sum_over_frames():
    # More layers than NPs: those of the second pass are loaded before each frame.
    model = akida.Model(layers=[akida.InputData(1, 1, 16), *(akida.FullyConnected(16, weights_bits=4) for _ in range(10))])
    randomise(model, 3)
    samples = akida.dense_to_sparse(np.ones((3, 1, 1, 16), np.uint8))
    program = model.map('two-nodes')
    assert program.passes > 1
    one, three = program.run(akida.dense_to_sparse(samples.to_numpy()[:1])), program.run(samples)
    assert one.layers['load_bytes'].sum() > 0 < one.layers['load_clocks'].sum()
    for name in one.layers.dtype.names:
        if name not in ('name', 'units'):
            np.testing.assert_allclose(three.layers[name], 3 * one.layers[name], err_msg=name)


def test_columns_have_the_type_of_their_values():
    rows = [
        {'a': 1, 'b': None, 'c': {'x': 1.5, 'y': None}, 'd': True, 'e': [1, 2], 'f': 2, 'g': 'ab', 'h': [1], 'i': None},
        {'a': 2, 'b': 'text', 'c': None, 'd': False, 'e': [3, 4], 'f': None, 'g': '', 'h': [1, 2], 'i': None},
    ]
    table = records(rows, text=('i',))
    assert [table.dtype[name].base.kind for name in 'abdefghi'] == ['i', 'U', 'b', 'i', 'f', 'U', 'O', 'U']
    assert table['c'].dtype.names == ('x', 'y') and table['c']['x'][0] == 1.5 and np.isnan(table['c']['x'][1])
    assert table['e'].shape == (2, 2) and np.isnan(table['f'][1]) and table['h'][1] == [1, 2]
    assert list(table['b']) == list(['', 'text']) and list(table['i']) == ['', ''] and len(records([])) == 0


def test_missing_folders_and_files_are_os_errors(tmp_path, event_model, events):
    nowhere = tmp_path / 'nowhere'
    program = event_model.map('two-nodes')
    for work in (
        lambda: event_model.save(nowhere / 'model.fbz'),
        lambda: akida.Model(nowhere / 'model.fbz'),
        lambda: akida.Model(nowhere / 'model.yaml'),
        lambda: program.save(nowhere / 'program.npx'),
        lambda: akida.Program.load(nowhere / 'program.npx', 'two-nodes'),
        lambda: program.run(events, waves=nowhere / 'waves.vcd'),
        lambda: program.run(events, trace=nowhere / 'packets.spt'),
        lambda: akida.Device(nowhere / 'device.ron'),
        lambda: akida.Model(backend=BackendType.Hardware, device=nowhere / 'device.ron'),
    ):
        with pytest.raises(FileNotFoundError, match='nowhere') as refused:
            work()
        assert refused.value.errno == errno.ENOENT
    with pytest.raises(IsADirectoryError):
        akida.Model(tmp_path)
    # What a file holds is no answer of the operating system.
    (tmp_path / 'text.ron').write_bytes(b'\xff\xfe')
    with pytest.raises(ValueError):
        akida.Device(tmp_path / 'text.ron')
    assert not nowhere.exists()


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
    for wrong, message in (({'nodes': 1}, 'no constant'), ({'rows': 0}, 'rows'), ({'rows': 'two'}, '`rows` cannot be `two`'), ({'rows': -1}, 'it must be 1 to 64')):
        with pytest.raises(ValueError, match=message):
            device.replace(wrong)
    with pytest.raises(ValueError, match='1:1'):
        akida.Device.parse('nonsense')


def test_routers_fork_packets_where_they_are_told_to(event_model, events):
    deep = {'network.vc_buf_size': 8}
    copies, trees = (event_model.map('akd1500', 'all-nps', set=deep | {'network.multicast': each}) for each in ('source', 'tree'))
    assert trees.run(events).outputs == copies.run(events).outputs
    assert trees.plan['placement']['flit_hops'] < copies.plan['placement']['flit_hops']
    with pytest.raises(ValueError, match='buffer'):
        event_model.map('akd1500', 'all-nps', set={'network.vc_buf_size': 4, 'network.multicast': 'tree'})


def test_constants_are_set_for_one_call(event_model, events):
    before = event_model.map('two-nodes')
    slow = {f'overrides.n0_0.np{np}.clock_scale': 2 for np in range(4)} | {f'overrides.n1_0.np{np}.clock_scale': 2.0 for np in range(4)}
    fast, later = before.run(events), before.run(events, set=slow)
    assert later.outputs == fast.outputs and (later.cycles > fast.cycles).all()
    assert (event_model.map('two-nodes', set=slow).run(events).cycles == later.cycles).all()
    assert (before.run(events).cycles == fast.cycles).all()
    assert later.cycles_claim['basis'] == 'assumed'
    assert akida.Device('two-nodes', set={'network.depth': 2}).constants['network.vc_buf_size'].value == 2
    without = akida.Device('two-nodes').replace({'overrides.n0_0.np0.disabled': True})
    assert 'n0_0.np0' in event_model.map(without).plan['disabled_nps']
    for wrong, message in (({'np.own_rows': 16}, 'np.own_rows.*was read'), ({'network.dept': 2}, 'network.depth'), ({'overrides.n0_0.np9.disabled': True}, 'n0_0.np9')):
        with pytest.raises(ValueError, match=message):
            before.run(events, set=wrong)


def test_what_is_replaced_in_python_is_claimed_no_longer():
    model = akida.Model()
    model.add(akida.InputData(14, 14, 64, name='events'))
    model.add(akida.SeparableConvolutional(3, 3, 64, name='sep', weights_bits=4))
    randomise(model, 1)
    frame = (np.random.default_rng(1).random((1, 14, 14, 64)) < 0.4).astype(np.uint8)
    device = akida.Device('akd1500')

    def claims(device):
        run = model.map(device).run(frame)
        return run.cycles_claim, run.throughput_claim, run.energy['claim']

    cycles, throughput, energy = claims(device)
    assert [claim['basis'] for claim in (cycles, throughput, energy)] == ['calibrated'] * 3
    assert cycles['worst'] == 0.0319 and energy['worst'] == 0.533
    slower = claims(device.replace({'timing.np.separable.position': 200.0}))
    assert [claim['basis'] for claim in slower] == ['assumed'] * 3
    assert all('timing.np.separable.position' in claim['reasons'][0] for claim in slower)
    link = claims(device.replace({'network.link_delay': 2}))
    assert [claim['basis'] for claim in link] == ['calibrated'] * 3
    clock = claims(device.replace({'clock_hz': 100_000_000}))
    assert [claim['basis'] for claim in clock] == ['calibrated', 'assumed', 'calibrated']


def test_a_model_that_breaks_rules_of_the_device_is_warned_of_and_mapped(recwarn):
    model = akida.Model()
    model.add(akida.InputData(40, 20, 4, 'in'))
    model.add(akida.Convolutional(3, 3, 8, 'g', weights_bits=4, pooling_type=akida.PoolingType.Average))
    program = model.map('akd1000')
    [warning] = recwarn.list
    assert str(warning.message) == 'the model violates v2, the profile of akd1000, in 1 place: average_pooling_size of `g`'
    assert warning.filename == __file__
    assert (program.rules['profile'], program.rules['profile_from']) == ('v2', 'device')
    assert program.rules['broken'][0]['rule'] == 'compat::average_pooling_size'
    assert copy.deepcopy(program).rules == program.rules
    recwarn.clear()
    # The newest page limits the height, and the caller may ask for it.
    for other in (model.map('akd1500'), model.map('akd1000', profile=akida.NsocVersion.current)):
        assert other.rules['profile'] == 'current' and other.rules['broken'] == []
    assert not recwarn.list


@pytest.fixture
def two_heads() -> akida.Model:
    """Events 5 x 4 x 3 to 2 potentials of `age` and 3 levels of `gender`."""
    model = akida.Model()
    model.add(akida.InputData(5, 4, 3, 'events'))
    model.add(akida.Convolutional(3, 3, 7, 'trunk', weights_bits=2, threshold_fire_bits=2, threshold_fire_step=2))
    trunk = [model.get_layer('trunk')]
    model.add(akida.FullyConnected(2, 'age', weights_bits=4, activations_enabled=False), trunk)
    model.add(akida.FullyConnected(3, 'gender', weights_bits=4, threshold_fire_bits=4, threshold_fire_step=3), trunk)
    return randomise(model, 5)


@pytest.mark.parametrize('batch', [1, 2, 4])
def test_every_head_is_an_output(two_heads, events, batch):
    run = two_heads.map('two-nodes').run(events, batch=batch)
    assert run.compared and run.differences == []
    assert run.output_names == ['age', 'gender']
    assert run.outputs_of('gender') == run.outputs == two_heads.forward(events)
    head = akida.Model(layers=two_heads.layers[:3])
    np.testing.assert_array_equal(run.outputs_of('age'), head.forward(events))
    with pytest.raises(ValueError, match="'trunk' is no output; the outputs are 'age', 'gender'"):
        run.outputs_of('trunk')
    again = pickle.loads(pickle.dumps(run))
    assert again.output_names == run.output_names and again.outputs == run.outputs
    np.testing.assert_array_equal(again.outputs_of('age'), run.outputs_of('age'))


def test_a_head_that_has_learned_beside_another_runs_on_the_mesh(events):
    """The way of edge learning: a head is popped, and a learning layer takes its place."""
    model = akida.Model()
    model.add(akida.InputData(5, 4, 3, 'events'))
    model.add(akida.Convolutional(3, 3, 7, 'trunk', weights_bits=2, threshold_fire_bits=1, threshold_fire_step=2))
    trunk = [model.get_layer('trunk')]
    model.add(akida.FullyConnected(2, 'age', weights_bits=4, activations_enabled=False), trunk)
    model.add(akida.FullyConnected(3, 'old', weights_bits=4), trunk)
    randomise(model, 6)
    model.pop_layer()
    model.add(akida.FullyConnected(6, 'learned', weights_bits=1), trunk)
    model.compile(num_weights=20, num_classes=2)
    model.fit(events, np.array([0, 1, 0, 1]))
    run = model.map('two-nodes').run(events, batch=2)
    assert run.compared and run.differences == [] and run.output_names == ['age', 'learned']


def test_placers_and_pins(tmp_path):
    model = randomise(akida.Model(ROOT / 'tests' / 'models' / 'convtiny.yaml'), 1)
    placers = ['snake', 'greedy', 'random', 'annealed']
    plans = {placer: model.map('akd1000', 'all-nps', placer=placer).plan for placer in placers}
    hops = {placer: plan['placement']['flit_hops'] for placer, plan in plans.items()}
    assert hops['annealed'] <= min(hops['snake'], hops['greedy'])
    assert all(plan['placement']['bound']['flit_hops'] <= hops[placer] for placer, plan in plans.items())
    layer = next(layer for layer in plans['snake']['layers'] if layer['nps'])
    pin = f'(schema: "spikemesh.placement/1", slices: [(layer: "{layer["name"]}", slice: 0, np: "n3_2.np1")])'
    path = tmp_path / 'pins.ron'
    path.write_text(pin)
    plan = model.map('akd1000', 'all-nps', place=path).plan
    assert plan['placement']['pinned'] == 1
    assert next(found for found in plan['layers'] if found['name'] == layer['name'])['slices'][0]['np'] == 'n3_2.np1'
    with pytest.raises(ValueError, match='no placer'):
        model.map('akd1000', placer='best-of-all')
    with pytest.raises(ValueError, match='no effect'):
        model.map('akd1000', placer='snake', effort=3)
    path.write_text(pin.replace('n3_2.np1', 'n9_9.np1'))
    with pytest.raises(ValueError, match='n9_9.np1'):
        model.map('akd1000', place=path)
