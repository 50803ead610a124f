"""Events of a camera, cut into packets of equal size, through a network for events."""

import numpy as np
from akida import Convolutional, FullyConnected, InputData, Model, PoolingType, Sparse, packetize

WIDTH, HEIGHT, POLARITIES = 24, 16, 2
rng = np.random.default_rng(1)

# A bar that moves to the right: rows of x, y, polarity, in the order of time.
events = []
for step in range(WIDTH - 2):
    for y in range(HEIGHT):
        events += [(step + 2, y, 1), (step, y, 0)]
events = np.array(events, dtype=np.uint16)

packets = packetize(events, (WIDTH, HEIGHT, POLARITIES), packet_size=64)
assert isinstance(packets, Sparse)
print('packets', packets.shape, 'events', packets.nnz)
assert packets.shape == (len(events) // 64, WIDTH, HEIGHT, POLARITIES)

model = Model()
model.add(InputData(WIDTH, HEIGHT, POLARITIES, name='camera'))
model.add(Convolutional(3, 3, 8, name='edges', weights_bits=2, pooling_type=PoolingType.Max, pooling_width=2, pooling_height=2))
model.add(FullyConnected(5, name='classes', weights_bits=4, activations_enabled=False))
for layer in model.layers[1:]:
    weights = layer.get_variable('weights')
    bound = 2 ** (layer.parameters.weights_bits - 1) - 1
    layer.set_variable('weights', rng.integers(-bound, bound + 1, weights.shape).astype(np.int8))

potentials = model.forward(packets)
assert potentials.shape == (packets.shape[0], 1, 1, 5)
classes = model.predict(packets)
print('classes of the packets', classes.tolist())
# A packet by itself gives what it gave among the others.
first = packets.slice([0, -1, -1, -1])
assert (model.forward(first)[0] == potentials[0]).all()
