from bench import raw

DUMP = """\
OFPST_FLOW reply (OF1.5) (xid=0x2):
 cookie=0x520, table=20, priority=200,tcp,nw_dst=10.96.0.1,tp_dst=80 actions=group:1376094880
 cookie=0x520, priority=1 actions=NORMAL
"""
GROUP = "group_id=7,type=select,bucket=bucket_id:0,actions=a,bucket=bucket_id:1,actions=b"


def test_a_dump_is_given_back_without_its_heading() -> None:
    assert raw.lines(DUMP) == [line.strip() for line in DUMP.splitlines()[1:]]
    assert raw.lines(f"OFPST_GROUP_DESC reply (OF1.5) (xid=0x2):\n {GROUP}\n") == [GROUP]


def test_a_group_loses_its_last_bucket_alone() -> None:
    assert raw.without_last_bucket(GROUP) == "group_id=7,type=select,bucket=bucket_id:0,actions=a"
