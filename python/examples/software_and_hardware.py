"""The same network on the engine and on the simulated chip: same outputs, and what it takes there.

    python python/examples/software_and_hardware.py
"""

from pathlib import Path

import numpy as np

import spikemesh as akida

FOLDER = Path(__file__).parents[2] / 'traces' / 'fashion-mnist'


def main() -> dict[str, akida.Run]:
    software = akida.Model(FOLDER / 'model.fbz')
    hardware = akida.Model(FOLDER / 'model.fbz', backend=akida.BackendType.Hardware)
    images = np.load(FOLDER / 'images.npy')[:20]
    assert (software.forward(images) == hardware.forward(images)).all()
    print(f'both backends agree on {len(images)} images')

    # Which limits of the hardware does it break?
    print(akida.compatibility.model_hardware_incompatibilities(software) or 'it keeps every limit of the hardware')

    runs = {}
    for name in ('akd1000', 'akd1500'):
        for mode in ('minimal', 'all-nps'):
            program = software.map(name, mode)
            run = program.run(images)
            runs[f'{name} {mode}'] = run
            energy = run.energy['dynamic_pj'] / len(images) / 1e6
            print(
                f'{name} {mode:8} {program.nps:3} NPs  {run.cycles.mean():8.0f} cycles  {run.seconds.mean() * 1e3:6.3f} ms  '
                f'{energy:6.2f} µJ a frame above the floor  '
                f'[cycles {run.cycles_claim["basis"]}, energy {run.energy["claim"]["basis"]}]'
            )
    slowest = max(runs['akd1000 minimal'].layers, key=lambda layer: layer['clocks'])
    print(f'on akd1000 the slowest layer is {slowest["name"]}: {slowest["clocks"] / len(images):.0f} clocks a frame')

    # What if the clock were slower, and the memory smaller?
    device = akida.Device('akd1000').replace({'clock_hz': 100_000_000, 'np.weight_bytes': 8192}, name='small')
    program = software.map(device)
    print(f'{program!r}: {program.nps} NPs, {program.run(images[:1]).seconds[0] * 1e3:.3f} ms')
    return runs


if __name__ == '__main__':
    main()
