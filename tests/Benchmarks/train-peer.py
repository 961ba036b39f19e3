"""A GPT-2 training step in PyTorch. Arguments: layers heads width vocabulary context rows length.

Each line of standard input is answered by one line: "step" by its seconds and loss, "products" by the best speed of some products
of matrices in GFLOP/s, "version" by the versions, "end" by the largest resident set in bytes.
"""
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

layers, heads, width, vocabulary, context, rows, length = (int(argument) for argument in sys.argv[1:8])
torch.set_num_threads(2)
torch.manual_seed(1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, mask):
        q, k, v = (part.view(rows, length, heads, width // heads).transpose(1, 2) for part in self.qkv(self.norm1(x)).chunk(3, -1))
        scores = torch.matmul(q, k.transpose(2, 3)) * (width // heads) ** -0.5 + mask
        mixed = torch.matmul(torch.softmax(scores, -1), v).transpose(1, 2).reshape(rows, length, width)
        x = x + self.out(mixed)
        return x + self.narrow(F.gelu(self.wide(self.norm2(x)), approximate="tanh"))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks, self.norm = nn.ModuleList(Block() for _ in range(layers)), nn.LayerNorm(width)
        self.register_buffer("mask", torch.full((length, length), -1e9).triu(1))
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, ids):
        x = self.tokens(ids) + self.positions.weight[:length]
        for block in self.blocks:
            x = block(x, self.mask)
        return F.linear(self.norm(x), self.tokens.weight)


def products():
    best = 0.0
    for m, n, k in ((1024, 1024, 1024), (2048, 2048, 2048), (512, 3072, 768), (768, 3072, 1024)):
        a, b, c = torch.rand(m, k), torch.rand(k, n), torch.empty(m, n)
        for _ in range(12):
            start = time.perf_counter()
            torch.mm(a, b, out=c)
            best = max(best, 2e-9 * m * n * k / (time.perf_counter() - start))
    return best


model = Model()
matrices = [parameter for parameter in model.parameters() if parameter.dim() > 1]
vectors = [parameter for parameter in model.parameters() if parameter.dim() == 1]
groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
optimizer = torch.optim.AdamW(groups, lr=1e-4, betas=(0.9, 0.95), foreach=True)
ids = torch.randint(vocabulary, (rows, length))


def step():
    loss = F.cross_entropy(model(ids)[:, :-1].reshape(-1, vocabulary), ids[:, 1:].reshape(-1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return float(loss)


def blas():
    with open("/proc/self/maps") as maps:
        return "OpenBLAS" if "openblas" in maps.read() else "no OpenBLAS"


for line in sys.stdin:
    command = line.strip()
    if command == "step":
        start = time.perf_counter()
        loss = step()
        print(time.perf_counter() - start, loss, flush=True)
    elif command == "products":
        print(products(), flush=True)
    elif command == "version":
        print(f"PyTorch {torch.__version__} on {blas()}", flush=True)
    else:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, flush=True)
        break
