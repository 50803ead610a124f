"""`spikemesh report --perfetto`, read with the classes that Perfetto's own package has generated from its protobuf definitions."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = ROOT / 'target' / 'debug' / 'spikemesh'

trace_pb2 = pytest.importorskip('perfetto.protos.perfetto.trace.perfetto_trace_pb2')


@pytest.fixture(scope='module')
def traced(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp('perfetto')
    run, trace = folder / 'out', folder / 'run.pftrace'
    model = ['traces/tiny/events.yaml', '-d', 'two-nodes', '--random-weights', '1', '-i', 'traces/tiny/events.npy']
    for words in (['run', *model, '--batch', '4', '-o', str(run)], ['report', str(run), '--perfetto', str(trace)]):
        subprocess.run([COMMAND, *words], cwd=ROOT, check=True, capture_output=True)
    read = trace_pb2.Trace()
    read.ParseFromString(trace.read_bytes())
    return read, json.loads((run / 'stats.json').read_text())


def test_every_field_is_known_to_perfetto(traced) -> None:
    trace, _ = traced
    # What is parsed and written again has the same length if nothing was unknown and thrown away.
    assert trace.packet
    for packet in trace.packet:
        assert packet.WhichOneof('data') in {'track_event', 'track_descriptor'}
        assert packet.trusted_packet_sequence_id == 1
        if packet.HasField('track_event'):
            assert packet.HasField('timestamp')
            assert packet.track_event.type in {1, 2, 3, 4}


def test_slices_of_units_add_up(traced) -> None:
    trace, stats = traced
    names = {p.track_descriptor.uuid: p.track_descriptor.name for p in trace.packet if p.HasField('track_descriptor')}
    clocks: defaultdict[tuple[str, str], int] = defaultdict(int)
    for packet in trace.packet:
        event = packet.track_event
        numbers = {a.name: a.uint_value for a in event.debug_annotations}
        if event.type == trace_pb2.TrackEvent.TYPE_SLICE_BEGIN and 'clocks' in numbers:
            clocks[names[event.track_uuid], event.name] += numbers['clocks']
    assert clocks
    for unit in stats['units']:
        name = unit['name'] if unit['layer'] is None else f'{unit["name"]} {unit["layer"]}'
        for reason in ('compute', 'wait_input', 'wait_map', 'wait_fifo', 'drain'):
            assert clocks[name, reason] == unit[reason], (name, reason)


def test_flows_and_counters(traced) -> None:
    trace, stats = traced
    events = [p.track_event for p in trace.packet if p.HasField('track_event')]
    begins = [flow for event in events for flow in event.flow_ids]
    ends = [flow for event in events for flow in event.terminating_flow_ids]
    assert begins
    assert sorted(begins) == sorted(ends)
    links = {p.track_descriptor.name for p in trace.packet if p.track_descriptor.HasField('counter')}
    assert links == {link['name'] for link in stats['links']}
    assert any(event.double_counter_value > 0 for event in events if event.type == trace_pb2.TrackEvent.TYPE_COUNTER)
