from queues.slots import are_taken, free_slot


def test_there_are_so_many_slots_and_no_more(tmp_path):
    with free_slot(tmp_path, 2) as first, free_slot(tmp_path, 2) as second, free_slot(tmp_path, 2) as third:
        assert (first, second, third) == (0, 1, None)
    with free_slot(tmp_path, 2) as again:
        assert again == 0


def test_whether_somebody_works_is_seen_without_being_in_the_way(tmp_path):
    assert not are_taken(tmp_path / "never made")
    with free_slot(tmp_path, 2):
        assert are_taken(tmp_path)
    assert not are_taken(tmp_path)
    with free_slot(tmp_path, 1) as slot:
        assert slot == 0
