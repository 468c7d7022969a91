from core.errors import AppError, BadData, BrokerRejected, BrokerUnavailable, LoginNeeded


def test_every_error_can_be_shown_to_the_user():
    problems = [BadData("a"), BrokerUnavailable("b"), LoginNeeded("c")]
    assert all(isinstance(problem, AppError) for problem in problems)


def test_a_rejection_carries_the_brokers_own_code():
    problem = BrokerRejected("Invalid instrument", code="UDAPI100011", http_status=400)
    assert (str(problem), problem.code, problem.http_status) == (
        "Invalid instrument",
        "UDAPI100011",
        400,
    )
