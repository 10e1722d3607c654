"""Adversarial training: stages of phases over named draws, measured, kept, put away.

A protocol's `recipe(play)` writes a training with the parts of a `Play`:

    def recipe(self, play: Play) -> list[Stage]:
        g, d = play.networks["G"], play.networks["D"]
        critic = play.player("D", learning_rate=1e-4, beta1=0.0, beta2=0.9)
        real, z = play.real("data", self.batch), play.normal("latents", self.batch, self.latent)

        def step() -> None:
            play.made = g(z.buffer).detach()
            loss = play.d_cost(d(real.buffer), d(play.made))
            play.tally.add("d", critic.step(loss))

        return [Stage([Phase("critic", step, [real, z], times=5), ...], play.iterations)]

A phase neither draws nor waits; what it needs to be random is a draw that the phase names, and
what it changes besides networks is a `play.buffer`.
"""
