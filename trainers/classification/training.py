"""A classifier's networks, its training loop, and what it is judged by."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..criterion import Criterion
from ..data import as_floats
from ..gan.draws import epochs
from ..gan.training import all_finite
from ..networks import SLOPE
from ..networks.ganetic import encoder
from ..outcome import Status
from ..seeding import stream
from .data import Part, Split
from .protocol import ClassificationProtocol

AT_ONCE = 512  # samples in one evaluation


def image_network(channels: int, sides: tuple[int, int], width: int, classes: int) -> nn.Module:
    """The paper's MNIST discriminator: images (n, c, h, w) to a score for each class."""
    height, breadth = (-(-side // 2) for side in sides)
    features = 2 * width * height * breadth
    return nn.Sequential(*encoder(channels, width), nn.Flatten(), nn.Linear(features, classes))


def table_network(columns: int, width: int, classes: int) -> nn.Module:
    """Two hidden layers with LeakyReLU: rows (n, columns) to scores (n, classes)."""
    return nn.Sequential(
        nn.Linear(columns, width),
        nn.LeakyReLU(SLOPE),
        nn.Linear(width, width),
        nn.LeakyReLU(SLOPE),
        nn.Linear(width, classes),
    )


def network_for(split: Split, width: int) -> nn.Module:
    """The network for images or for tables, with no weights yet."""
    shape = split.train.inputs.shape
    with torch.device("meta"):
        if len(shape) == 4:
            return image_network(shape[1], (shape[2], shape[3]), width, split.classes)
        return table_network(shape[1], width, split.classes)


def one_hot(labels: Tensor, classes: int) -> Tensor:
    """`y_real` of each output, (n, classes), float32: its class against the rest."""
    return nn.functional.one_hot(labels, classes).float()


def fit(
    network: nn.Module,
    split: Split,
    criterion: Criterion,
    protocol: ClassificationProtocol,
    seed: int,
) -> tuple[int, str | None]:
    """Train in place; how many steps that took, and the reason why it diverged, or None.

    A step minimises the mean of the discriminator's loss over the batch and the classes: each
    output is a discriminator of its class from the rest. A look after each epoch finds what is
    not finite.
    """
    part = split.train
    n, batch = len(part.labels), protocol.batch
    rows = epochs(n, protocol.epochs * n, stream(seed, "data")).to(part.labels.device)
    real = one_hot(part.labels, split.classes)  # (n, classes)
    optimiser = torch.optim.Adam(
        network.parameters(),
        lr=protocol.learning_rate,
        betas=(protocol.beta1, protocol.beta2),
        eps=protocol.epsilon,
        fused=True,
    )
    losses = torch.zeros((), device=real.device)  # the sum so far: not finite once a loss was not
    done = 0
    for step, chosen in enumerate(torch.split(rows, batch), start=1):
        scores = network(as_floats(part.inputs[chosen])).reshape(-1, 1)  # (batch * classes, 1)
        loss = criterion.discriminator(scores, real[chosen].reshape(-1, 1)).mean()
        losses += loss.detach()
        # A loss that does not depend on the scores has no gradient: nothing moves.
        if loss.requires_grad:
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
        epoch, done = done // n, done + len(chosen)
        if done // n > epoch and not all_finite(losses, network):
            return step, f"not finite after epoch {done // n}"
    return -(-len(rows) // batch), None


def predict(network: nn.Module, part: Part) -> Tensor:
    """Raw scores (n, classes), float64, on the CPU."""
    with torch.inference_mode():
        parts = [network(as_floats(some)) for some in torch.split(part.inputs, AT_ONCE)]
    return torch.cat(parts).double().cpu()


def judge(scores: Tensor, labels: Tensor) -> tuple[Status, str | None, dict[str, float]]:
    """Status, reason and metrics of a classifier's scores (n, classes) on labels (n,).

    `error` is the part whose largest score is not that of its class, `accuracy` the rest, `auroc`
    the area under the ROC curve, the mean of each class against the others. Raw scores are ranked
    for it: torchmetrics would pass them through a softmax, which changes the order of a class.
    """
    from sklearn.metrics import roc_auc_score

    if not bool(scores.isfinite().all()):
        return Status.DIVERGED, "not finite in evaluation", {}
    predicted = scores.argmax(1)
    right = int((predicted == labels).sum())
    truth = one_hot(labels, scores.shape[1]).numpy()
    metrics = {
        "error": (len(labels) - right) / len(labels),
        "accuracy": right / len(labels),
        "auroc": float(roc_auc_score(truth, scores.numpy(), average="macro")),
    }
    if bool((predicted == predicted[0]).all()):
        reason = f"class {int(predicted[0])} for each of {len(labels)} held-out samples"
        return Status.DEAD, reason, metrics
    return Status.OK, None, metrics
