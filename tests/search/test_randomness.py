from lossgp.search.randomness import chance, pick, stream, uniform


def test_a_stream_depends_on_its_purpose_alone():
    assert stream(7, 1, 2, "vary").random() == stream(7, 1, 2, "vary").random()
    assert stream(7, 1, 2, "vary").random() != stream(7, 2, 1, "vary").random()
    assert stream(7, "a").random() != stream(8, "a").random()


def test_the_numbers_are_the_same_on_every_machine():
    rng = stream(0, 3, "draw")
    assert pick(rng, "abcdef") == "c"
    assert uniform(rng, -5, 5) == 2.013479801463757
    assert chance(rng, 0.5) is True


def test_chance_at_its_limits():
    rng = stream(1, "limits")
    assert not any(chance(rng, 0.0) for _ in range(1000))
    assert all(chance(rng, 1.0) for _ in range(1000))
