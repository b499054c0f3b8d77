"""The same training step as train_step.rs, in PyTorch: the LAE with the start of its encoder frozen.

Prints `CPU_MS <milliseconds of CPU per image>` per round. Needs a Python with torch; called by
train_step.rs through PENTIMENTO_PYTHON, or by hand: python3 tests/benches/train_step.py
"""

import os
import time

import torch
from torch import nn
from torch.nn import functional as F

BLOCKS = [  # kernel, stride, expansion, in, out: src/train/net/encoder.rs
    (3, 1, 1, 32, 16), (3, 2, 6, 16, 24), (3, 1, 6, 24, 24), (5, 2, 6, 24, 40), (5, 1, 6, 40, 40),
    (3, 2, 6, 40, 80), (3, 1, 6, 80, 80), (3, 1, 6, 80, 80), (5, 1, 6, 80, 112),
    (5, 1, 6, 112, 112), (5, 1, 6, 112, 112),
]
SIDE, CELLS, HALF, GAIN = 224, 28, 32, 4.0


class Same(nn.Module):
    """Convolution with TensorFlow's "same" padding."""

    def __init__(self, c_in, c_out, kernel, stride=1, groups=1):
        super().__init__()
        total = kernel - min(stride, kernel)
        self.before, self.after = total // 2, total - total // 2
        symmetric = self.before == self.after
        self.pad = None if symmetric else (self.before, self.after) * 2
        self.conv = nn.Conv2d(c_in, c_out, kernel, stride, self.before if symmetric else 0, groups=groups)

    def forward(self, x):
        return self.conv(F.pad(x, self.pad) if self.pad else x)


class Block(nn.Module):
    def __init__(self, kernel, stride, expansion, c_in, c_out):
        super().__init__()
        wide = c_in * expansion
        self.expand = Same(c_in, wide, 1) if expansion > 1 else None
        self.depthwise = Same(wide, wide, kernel, stride, wide)
        self.project = Same(wide, c_out, 1)

    def forward(self, x):
        wide = F.relu(self.expand(x)) if self.expand else x
        out = self.project(F.relu(self.depthwise(wide)))
        return out + x if out.shape == x.shape else out


class Lae(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = Same(3, 32, 3, 2)
        self.blocks = nn.ModuleList(Block(*b) for b in BLOCKS)
        self.lateral8, self.lateral16 = nn.Conv2d(40, 64, 1), nn.Conv2d(112, 64, 1)
        self.spread = nn.Conv2d(64, 64, 3, padding=1, groups=64)
        self.latent, self.norm = nn.Conv2d(64, 2 * HALF, 1), nn.BatchNorm2d(2 * HALF)
        self.decoder = nn.ModuleList(
            nn.Conv2d(i, o, 3, padding=1) for i, o in [(2 * HALF, 32), (32, 24), (24, 3)])
        for p in [*self.stem.parameters(), *self.blocks[0].parameters()]:
            p.requires_grad_(False)

    def forward(self, x):
        x = F.relu(self.stem(x))
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i == 4:
                at8 = x
        up = lambda t: F.interpolate(t, scale_factor=2, mode="nearest")
        x = F.relu(self.lateral8(at8) + up(self.lateral16(x)))
        z = F.relu(self.norm(self.latent(F.relu(self.spread(x)))))
        rec = up(F.relu(self.decoder[0](z)))
        rec = self.decoder[2](up(F.relu(self.decoder[1](rec))))
        return z[:, :HALF].mean(1), z[:, HALF:].mean(1), rec


def loss_of(model, x, y, g):
    real, forged, rec = model(x)
    n = len(x)
    s = (forged - real).flatten(1)
    _, cells = s.topk(CELLS * CELLS // 10, dim=1)
    a0 = real.flatten(1).gather(1, cells).mean(1)
    a1 = forged.flatten(1).gather(1, cells).mean(1)
    image = F.binary_cross_entropy_with_logits(GAIN * (a1 - a0), y)
    latent = ((a1 - y).abs() + (a0 + y - 1).abs()).mean()
    local = F.binary_cross_entropy_with_logits(GAIN * (forged - real), g)
    p, t = torch.sigmoid(GAIN * s)[n // 2:], g.flatten(1)[n // 2:]
    dice = 1 - ((2 * (p * t).sum(1) + 1) / ((p + t).sum(1) + 1)).mean()
    copy = (rec - F.avg_pool2d(x, 2)).abs().mean()
    return image + 0.5 * latent + local + 0.5 * dice + 0.1 * copy


def main():
    n = int(os.environ.get("N", "24"))
    rounds = int(os.environ.get("ROUNDS", "5"))
    torch.set_num_threads(int(os.environ.get("THREADS", "1")))
    torch.manual_seed(1)
    model = Lae().train()
    trained = [p for p in model.parameters() if p.requires_grad]
    optim = torch.optim.AdamW(trained, lr=1e-4)
    x, y = torch.rand(n, 3, SIDE, SIDE), (torch.rand(n) > 0.5).float()
    g = torch.rand(n, CELLS, CELLS)
    for _ in range(rounds):
        cpu, wall = time.process_time(), time.perf_counter()
        optim.zero_grad()
        loss_of(model, x, y, g).backward()
        optim.step()
        print(f"CPU_MS {(time.process_time() - cpu) * 1000 / n:.1f} WALL_MS {(time.perf_counter() - wall) * 1000 / n:.1f}", flush=True)


if __name__ == "__main__":
    main()
