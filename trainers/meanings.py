"""What the options of the protocols mean, in a line each.

One word means one thing wherever it is an option. A protocol whose option is another's namesake, or
which nobody else has, may say so itself: `Field(..., description="...")`.
"""

from __future__ import annotations

from .protocol import Protocol

_DATA = {
    "data": "folder or file of the images",
    "content": "SHA-256 of the images; filled in",
    "train_size": "learn from so many images only, a fixed random part",
    "test_size": "samples to hold out",
    "held_out": "part of the images that is kept from the training, to judge the critic on",
    "split": "seed of the split into a training and a held-out part",
    "size": "pixels along the side of an image",
    "channels": "1 for grey images, 3 for colour",
    "crop": "how other aspect ratios are met: the centre square, or squeezed",
    "flip": "mirror real images at random",
    "include": "of a folder: patterns of the files to read, as benign/*",
    "exclude": "of a folder: patterns of the files to leave out, as *_mask*",
    "labels": "whether classes are read where there are some",
    "classes": "learn from images of these classes only",
    "normal_class": "the class of data that is normal",
    "abnormal_class": "its abnormal classes; all others by default",
    "normal": "folder or file of normal images to learn from",
    "test_normal": "folder or file of normal images for tests",
    "test_abnormal": "folders or files of abnormal images for tests",
    "test_normal_size": "test on so many normal images only, a fixed random part",
    "test_abnormal_size": "test on so many abnormal images only, a fixed random part",
    "modes": "Gaussians on the ring",
    "radius": "of the ring",
    "rows": "Gaussians along a side of the grid",
    "spacing": "between neighbours in the grid",
    "sd": "standard deviation of each Gaussian",
}
_MEASURING = {
    "samples": "generated samples that are measured",
    "metrics": "what is measured",
    "features": "network on whose features images are compared",
    "fid_every": "measure FID on the way, every so many iterations; 0: never",
    "fid_samples": "generated samples for the FID on the way",
    "checkpoint_every": "put the training away on the way, every so many iterations; 0: never",
}
_NETWORKS = {
    "width": "channels next to the image, or units of a hidden layer",
    "d_width": "the same of the discriminator",
    "depth": "halvings and doublings of the size",
    "stages": "channels of each convolution, as multiples of the width",
    "layers": "hidden layers of each network",
    "g_layers": "hidden layers of the generator",
    "d_layers": "hidden layers of the discriminator",
    "latent": "random numbers that the generator makes a sample of",
    "dropout": "part of the discriminator's last features that is dropped",
    "norm": "normalisation in the critic",
    "spectral_norm": "divide the critic's weights by their largest singular value",
    "output": "last layer of the generator: pixels in [-1, 1], or without bounds",
    "precision": "what the networks compute in",
    "light": "the generator's small form",
    "mixing": "channels of the mixed features",
    "view": "pixels along the side of the images that the feature network sees",
    "projection": "feature network of the discriminators",
    "replicas": "GANs that are trained at once, and averaged",
    "channel_base": "channels times resolution",
    "channel_max": "channels at most",
    "mapping_layers": "dense layers between latents and styles",
    "style_mixing": "part of the images that have two styles",
    "truncation": "distance of a sample's style from the mean: 1 as it is, 0 the mean",
}
_TRAINING = {
    "scale": "the options that are not given: a laptop's, or the paper's",
    "iterations": "steps of the generator",
    "epochs": "passes over the images",
    "batch": "samples of a step",
    "half_batches": "show D half as many real and generated samples a step",
    "one_batch": "show both networks one batch of generated images",
    "critic_steps": "steps of the critic for each of the generator",
    "optimizer": "of both networks",
    "learning_rate": "of the optimiser",
    "d_learning_rate": "of the critic, where it is another",
    "momentum": "of SGD and RMSprop",
    "beta1": "Adam's decay of the mean gradient",
    "beta2": "Adam's decay of its square",
    "epsilon": "Adam's and RMSprop's, below the fraction",
    "ema": "half-life of the generator's moving average, in images; 0: none",
    "half_life": "of the generator's moving average, in images; 0: 312.5 batches",
    "ramp": "half-life at most, as a part of the images so far; 0: no limit",
    "label_flips": "part of D's labels that are told wrongly",
    "augment": "changes of all images that D sees: of color, translation, cutout",
    "penalty": "on the critic's slope: WGAN-GP's, R1, R2 or none",
    "penalty_weight": "of the penalty: lambda, or gamma",
    "encoder_iterations": "steps of the encoder, in the second stage",
    "encoder_optimiser": "what moves the encoder",
    "encoder_learning_rate": "of the encoder's optimiser",
    "encoder_loss": "what the encoder compares elements by: squared, criterion, or a loss",
    "kappa": "weight of the residual of the critic's features",
    "generator_only": "put the loss into the generator's line alone, as the GANetic paper does",
    "r1_gamma": "weight of R1, on real images",
    "r1_every": "R1 in every so many iterations; 0: none",
    "path_weight": "weight of the path lengths",
    "path_every": "path lengths in every so many iterations; 0: none",
    "augment_pipe": "changes: pixels moved (b), geometry (bg), colour too (bgc)",
    "augment_p": "probability of a change, at first",
    "augment_target": "mean sign of D's scores of real images that is aimed at",
    "augment_kimg": "thousand images in which the probability can rise by 1",
}
_TRANSFER = {
    "pretrain_data": "folder or file of the larger set, of the first stage",
    "pretrain_content": "SHA-256 of its images; filled in",
    "pretrain_classes": "its classes to learn from",
    "pretrain_include": "patterns of its files to read",
    "pretrain_exclude": "patterns of its files to leave out",
    "pretrain_iterations": "steps on it; 0: no transfer learning",
    "frozen_generator": "blocks of the generator, from its input, that then stay as they are",
    "frozen_critic": "blocks of the critic, from its input, that then stay as they are",
    "perceptual": "network of the perceptual loss",
    "perceptual_weight": "of the perceptual loss: the paper's lambda",
    "perceptual_weights": "file of that network's weights",
    "perceptual_sha256": "SHA-256 of that file; filled in",
    "perceptual_matching": "compare image with image, or the means of both batches",
    "perceptual_scale": "divide by what two real images differ by, or not",
}
MEANINGS = {**_DATA, **_MEASURING, **_NETWORKS, **_TRAINING, **_TRANSFER}
"""Meanings by option."""
_NAMESAKES = {
    ("f-anogan", "penalty"): "weight of the gradient penalty",
    ("stylegan2-ada", "augment"): "adaptive, with a fixed probability, or none",
}


def meaning(protocol: type[Protocol], option: str) -> str:
    """What an option of a protocol means, in a line; empty where nothing is said of it."""
    for kind in protocol.__mro__:
        fields = kind.model_fields if issubclass(kind, Protocol) else {}
        if option in fields and (told := fields[option].description):
            return told
    name = protocol.model_fields["name"].default
    return _NAMESAKES.get((name, option), MEANINGS.get(option, ""))
