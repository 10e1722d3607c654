from lossgp.common.suggesting import did_you_mean, suggestion


def test_case_and_dashes_do_not_count():
    assert suggestion("WGAN_gp", ["wgan-gp", "mnist"]) == "wgan-gp"
    assert did_you_mean("digit", ["digits", "mnist"]) == " (did you mean 'digits'?)"


def test_nothing_near_suggests_nothing():
    assert did_you_mean("zzz", ["digits", "mnist"]) == ""


def test_lookalikes_of_another_meaning_are_not_offered():
    assert suggestion("sign", ["sin", "exp"]) == "sin"
    assert suggestion("sign", ["sin", "exp"], never=[("sign", "sin")]) is None
