#!/usr/bin/env python3
"""PyTorch on the shapes of `lstmgpu bench`, for BENCHMARKS.md: the same tensors, all gradients, medians. One JSON object per row.

usage: torch_cpu.py lstm|gru|rnn T,B,I,H,L [...] | torch_cpu.py step T,B,E,H,L,V      [--threads N] [--repeat N]
Debian: apt-get install python3-torch libopenblas0-pthread. On a CPU with AVX-512 that OpenBLAS does not know, set OPENBLAS_CORETYPE=SKYLAKEX.
"""
import argparse, json, statistics, time
import torch
from torch import nn

p = argparse.ArgumentParser()
p.add_argument("mode", choices=["lstm", "gru", "rnn", "step"])
p.add_argument("shapes", nargs="+")
p.add_argument("--threads", type=int, default=2)
p.add_argument("--repeat", type=int, default=7)
p.add_argument("--warmup", type=int, default=2)
a = p.parse_args()
torch.set_num_threads(a.threads)


def median_ms(run):
    times = []
    for n in range(a.warmup + a.repeat):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    return round(statistics.median(times[a.warmup:]), 3)


def layers_of(cell, t, b, i, h, layers):
    m = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[cell](i, h, layers)
    x = torch.randn(t, b, i, requires_grad=True)
    dy = torch.randn(t, b, h)

    def forward():
        with torch.no_grad():
            m(x)

    def both():
        m.zero_grad(set_to_none=False)
        x.grad = None
        m(x)[0].backward(dy)

    return {"forward_ms": median_ms(forward), "forward_backward_ms": median_ms(both)}


def step(t, b, e, h, layers, v):
    embedding, recurrent, linear = nn.Embedding(v, e), nn.LSTM(e, h, layers), nn.Linear(h, v)
    parameters = [w for m in (embedding, recurrent, linear) for w in m.parameters()]
    adam = torch.optim.Adam(parameters, lr=1e-3)
    x, y = torch.randint(v, (t, b)), torch.randint(v, (t * b,))

    def run():
        adam.zero_grad(set_to_none=False)
        out, _ = recurrent(embedding(x))
        nn.functional.cross_entropy(linear(out).reshape(-1, v), y).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        adam.step()

    return {"step_ms": median_ms(run)}


for text in a.shapes:
    shape = [int(n) for n in text.split(",")]
    print(json.dumps({"peer": "torch " + torch.__version__, "threads": a.threads, "shape": shape} | (step(*shape) if a.mode == "step" else layers_of(a.mode, *shape))), flush=True)
