#!/usr/bin/env python3
"""Makes a grid of cases with ../shared/tools/make_case.py and lets `lstmgpu verify` replay them: PyTorch in double precision against a device.

usage: verify_grid.py FOLDER [--cases N] [--seed S] [--largest N] [--make-only] [-- COMMAND ...]
FOLDER must be empty or absent. Cases: every combination of cell, layers, directions, bias, batch_first, state, lengths and projection in turn, with sizes
T 1-33, B 1-9, I and H 1-40 (at most --largest each) from the seed. COMMAND (default: dotnet run -c Release --project src/LstmGpu.Cli -- verify) gets FOLDER
and what else stands behind --, such as `-- --device opencl`. The exit code is that of COMMAND.
Debian: apt-get install python3-torch.
"""
import argparse, itertools, os, random, subprocess, sys
from pathlib import Path
import torch

ROOT = Path(__file__).resolve().parents[2]
MAKE_CASE = ROOT.parent / "shared" / "tools" / "make_case.py"

own, extra = (sys.argv[1:sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1:]) if "--" in sys.argv else (sys.argv[1:], [])
p = argparse.ArgumentParser()
p.add_argument("folder", type=Path)
p.add_argument("--cases", type=int, default=360)
p.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
p.add_argument("--largest", type=int, default=40)
p.add_argument("--make-only", action="store_true")
a = p.parse_args(own)

a.folder.mkdir(parents=True, exist_ok=True)
if any(a.folder.iterdir()):
    sys.exit(f"'{a.folder}' is not empty, expected an empty folder; give another")
make_case = compile(MAKE_CASE.read_text(), str(MAKE_CASE), "exec")
dice = random.Random(a.seed)


def size(most, least=1):
    return dice.randint(least, max(least, min(most, a.largest)))


def margin(made):
    """The least |pre-activation| of a ReLU network: at 0 its gradient jumps, and two right programs may stand on two sides of the jump."""
    m, x, least = made["m"], made["x"].detach(), float("inf")
    x = x.transpose(0, 1) if m.batch_first else x
    steps = made["lengths"] if made["lengths"] is not None else torch.full((x.shape[1],), x.shape[0])
    zero = torch.zeros(())
    for layer in range(m.num_layers):
        sides = []
        for d, suffix in enumerate(["", "_reverse"][:2 if m.bidirectional else 1]):
            w = {k: getattr(m, f"{k}_l{layer}{suffix}", zero).detach() for k in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
            h, y = made["h0"].detach()[layer * len(m.all_weights) // m.num_layers + d], [None] * x.shape[0]
            for t in reversed(range(x.shape[0])) if d else range(x.shape[0]):
                valid = (t < steps)[:, None]
                before = x[t] @ w["weight_ih"].T + w["bias_ih"] + h @ w["weight_hh"].T + w["bias_hh"]
                least = min(least, before.abs()[valid.expand_as(before)].min().item() if valid.any() else least)
                h = torch.where(valid, before.relu(), h)
                y[t] = torch.where(valid, h, zero)
            sides.append(torch.stack(y))
        x = torch.cat(sides, 2)
    return least


flags = list(itertools.product([False, True], repeat=5))
grid = [(cell, layers, *on) for cell in ("lstm", "gru", "rnn_tanh", "rnn_relu") for layers in (1, 2, 3) for on in flags]
grid += [("lstm+proj", layers, *on) for layers in (1, 2, 3) for on in flags]
dice.shuffle(grid)
for n in range(a.cases):
    cell, layers, bidirectional, bias, batch_first, state, lengths = grid[n % len(grid)]
    projected = cell == "lstm+proj"
    hidden = size(40, least=2 if projected else 1)
    arguments = ["--cell", cell.split("+")[0], "--layers", layers, "--input", size(40), "--hidden", hidden, "-T", size(33), "-B", size(9)]
    arguments += ["--proj", dice.randint(1, hidden - 1)] if projected else []
    names = {"--bidirectional": bidirectional, "--no-bias": not bias, "--batch-first": batch_first, "--state": state, "--lengths": lengths}
    arguments += [name for name, on in names.items() if on]
    while True:
        sys.argv = [str(MAKE_CASE), str(a.folder / f"{n:04d}_{cell}.safetensors"), *map(str, arguments), "--seed", str(dice.randrange(1 << 30))]
        made = {"__name__": "__main__"}
        exec(make_case, made)
        if cell != "rnn_relu" or margin(made) > 1e-5:
            break
print(f"{a.cases} cases of seed {a.seed} in {a.folder}", flush=True)
if not a.make_only:
    command = extra if extra and not extra[0].startswith("-") else ["dotnet", "run", "-c", "Release", "--project", str(ROOT / "src" / "LstmGpu.Cli"), "--", "verify", *extra]
    os.chdir(ROOT)
    sys.exit(subprocess.run([*command, str(a.folder.resolve())]).returncode)
