"""An LSTM language model in PyTorch. Arguments: train|decode layers width vocabulary rows length stretch.

Each line of standard input is answered by one line: "step" by its seconds and a result, "version" by the versions, "end" by the largest
resident set in bytes.
"""
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

what = sys.argv[1]
layers, width, vocabulary, rows, length, stretch = (int(argument) for argument in sys.argv[2:8])
torch.set_num_threads(2)
torch.manual_seed(1)

table = nn.Embedding(vocabulary, width)
lstm = nn.LSTM(width, width, layers, batch_first=True)
head = nn.Linear(width, vocabulary)
parameters = [*table.parameters(), *lstm.parameters(), *head.parameters()]
optimizer = torch.optim.AdamW(parameters, lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1, foreach=True)
ids, labels = torch.randint(vocabulary, (rows, length)), torch.randint(vocabulary, (rows, length))
state = tuple(torch.zeros(layers, rows, width) for _ in range(2))


def train():
    global state
    output, state = lstm(table(ids), state)
    state = tuple(part.detach() for part in state)
    loss = F.cross_entropy(head(output).reshape(-1, vocabulary), labels.reshape(-1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    return float(loss)


@torch.inference_mode()
def decode():
    token, carried = torch.tensor([[1]]), None
    for _ in range(stretch):
        output, carried = lstm(table(token), carried)
        token = head(output).argmax(-1)
    return int(token)


def blas():
    with open("/proc/self/maps") as maps:
        return "OpenBLAS" if "openblas" in maps.read() else "no OpenBLAS"


for line in sys.stdin:
    command = line.strip()
    if command == "step":
        start = time.perf_counter()
        result = train() if what == "train" else decode()
        print(time.perf_counter() - start, result, flush=True)
    elif command == "version":
        print(f"PyTorch {torch.__version__} on {blas()}", flush=True)
    else:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, flush=True)
        break
