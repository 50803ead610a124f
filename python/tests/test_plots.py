"""Tables and pictures of a run show the numbers of its counters."""

from __future__ import annotations

import sys

import matplotlib as mpl
import matplotlib.text
import numpy as np
import pytest

import spikemesh as akida

mpl.use('Agg')


@pytest.fixture(scope='module')
def run() -> akida.program.Run:
    from conftest import ROOT

    model = akida.Model(ROOT / 'traces' / 'fashion-mnist' / 'model.fbz')
    images = np.load(ROOT / 'traces' / 'fashion-mnist' / 'images.npy')[:3]
    return model.map('akd1000', mode='all-nps').run(images, batch=3, events=True)


@pytest.mark.parametrize('name', ['layers', 'units', 'links', 'frames', 'activity', 'blame'])
def test_tables_become_data_frames_and_arrow_tables(run, name):
    table = getattr(run, name)
    frame, arrow = table.to_pandas(), table.to_arrow()
    assert list(frame.columns) == arrow.column_names == list(table.dtype.names)
    assert len(frame) == arrow.num_rows == len(table) > 0
    for column in table.dtype.names:
        assert frame[column].tolist() == arrow[column].to_pylist() == table[column].tolist()
    assert len(table[:0].to_pandas()) == table[:0].to_arrow().num_rows == 0


def test_tables_have_the_names_of_the_counters(run):
    assert run.links.dtype.names == tuple(run.stats['links'][0])
    assert run.links['flits'].sum() == sum(link['flits'] for link in run.stats['links']) > 0
    nested = akida.records.records([{'a': 1, 'claim': {'basis': 'spec', 'list': [1, 2]}}])
    assert list(nested.to_pandas().columns) == nested.to_arrow().column_names == ['a', 'claim.basis', 'claim.list']
    assert nested.to_arrow().to_pylist() == [{'a': 1, 'claim.basis': 'spec', 'claim.list': [1, 2]}]
    with pytest.raises(AttributeError):
        nested.colour = 1


def test_the_summary_has_the_figures_of_a_frame(run):
    summary, stats = run.summary(), run.stats
    for key in ('latency_clocks', 'throughput_fps', 'cycles_claim'):
        assert summary[key] == stats[key]
    assert summary['energy_mj'] == pytest.approx(stats['energy']['total_pj'] / 3e9)
    assert summary['energy_mj'] == pytest.approx(summary['energy_floor_mj'] + summary['energy_work_mj'])
    assert (summary['frames'], summary['compared'], summary['frames_different']) == (3, True, 0)


def bars(ax) -> list[float]:
    return [patch.get_width() for container in ax.containers for patch in container]


def test_the_critical_path_tiles_the_batch(run):
    path = run.critical_path
    assert path['start'][0] == 0 and path['end'][-1] == run.explanation.facts['end'] == run.frames['end'][-1]
    assert (path['start'][1:] == path['end'][:-1]).all()
    assert run.explanation.merged['clocks'].sum() == path['end'][-1]
    assert list(path.to_pandas()['unit']) == [part['unit'] or '' for part in run.explanation.facts['path']]
    assert run.explanation is run.explanation and run.explanation.period['interval'] > 0 < len(run.explanation.causes)


def test_times_of_units_add_up_to_the_counters(run):
    times = run.explanation.times
    for unit in run.units:
        mine = times[(times['unit'] == unit['name']) & (times['pass'] == unit['pass'])]
        assert (mine['start'][1:] == mine['end'][:-1]).all()
        for reason in ('compute', 'wait_input', 'wait_map', 'wait_fifo', 'drain', 'load', 'unused'):
            assert (mine['end'] - mine['start'])[mine['reason'] == reason].sum() == unit[reason]


def test_an_explanation_does_not_need_a_run(run):
    program, images, batch, *_ = run._first
    explained = akida.program.Program(program).explain(images, batch=batch)
    assert explained.facts == run.explanation.facts
    slower = akida.program.Program(program).explain(images, batch=batch, set={'network.link_delay': 5})
    assert slower.facts['end'] > explained.facts['end'] and 'critical' not in repr(slower)
    with pytest.raises(ValueError, match=r'Model\.map'):
        _ = akida.run.Run(run._core).explanation


def test_the_timeline_has_every_interval_and_the_path(run):
    ax = run.plot.timeline()
    drawn = run.explanation.times[run.explanation.times['reason'] != 'unused']
    assert sorted(bars(ax)) == sorted(drawn['end'] - drawn['start'])
    assert len(ax.collections[0].get_segments()) == (run.critical_path['resource'] == 'unit').sum() > 0
    assert len(ax.get_yticklabels()) == len(run.units)


def test_layers_are_drawn_as_shares_of_their_clocks(run):
    ax = run.plot.layers()
    names = ['compute', 'wait_input', 'wait_map', 'wait_fifo', 'drain', 'load']
    clocks = np.array([run.layers[name] for name in names], float)
    np.testing.assert_allclose(bars(ax), (clocks / clocks.sum(axis=0)).ravel())
    assert [label.get_text() for label in ax.get_yticklabels()] == list(run.layers['name'])


def test_energy_is_drawn_with_its_floor(run):
    ax = run.plot.energy()
    expected = [*run.layers['dynamic_pj'], run.energy['dma_pj'], run.energy['floor_pj']]
    np.testing.assert_allclose(bars(ax), np.array(expected) / 3e9)
    assert '[extrapolated]' in ax.get_title()


def test_the_raster_has_every_event_of_the_frame(run):
    ax = run.plot.raster(frame=1)
    drawn = ax.collections[0].get_offsets()
    assert sorted(drawn[:, 0]) == sorted(run.events['cycle'][run.events['frame'] == 1])
    assert len(run.plot.raster(frame=7).collections[0].get_offsets()) == 0


def test_the_floorplan_has_every_node_and_link(run):
    ax = run.plot.floorplan()
    texts = {text.get_text() for text in ax.texts if text.get_text()}
    assert len(ax.patches) == 20 and any('c1' in text for text in texts)
    between = [link for link in run.links if str(link['name']).rpartition('.')[2] in ('east', 'west', 'south', 'north')]
    arrows = [text for text in ax.texts if isinstance(text, mpl.text.Annotation)]
    assert len(arrows) == len(between) > 0
    assert f'{max(link["share"] for link in between):.1%}' in ax.get_title()


def test_pictures_go_where_they_are_told(run):
    _, axes = mpl.pyplot.subplots(2, 2)
    for ax, name in zip(axes.flat, ('timeline', 'energy', 'floorplan', 'raster')):
        assert getattr(run.plot, name)(ax) is ax


@pytest.mark.parametrize(('module', 'extra', 'call'), [
    ('pandas', 'pandas', lambda run: run.layers.to_pandas()),
    ('pyarrow', 'arrow', lambda run: run.layers.to_arrow()),
    ('matplotlib.pyplot', 'plot', lambda run: run.plot.layers()),
])  # fmt: skip
def test_a_missing_package_is_named(run, monkeypatch, module, extra, call):
    # What Python raises for a package that is not there is a ModuleNotFoundError; None in `sys.modules` makes it do so.
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf'spikemesh\[{extra}\]'):
        call(run)
