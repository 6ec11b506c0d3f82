"""Error codes: stable values, and what may be tried again."""

from functions.jobs.errors import ErrorCode, Problem, Refused, Retry, retry_rule

TRIED_AGAIN = {
    ErrorCode.SLOT_BUSY: Retry.SLOT,
    ErrorCode.AIART_TROUBLE: Retry.BOUNDED,
    ErrorCode.AIART_TIMEOUT: Retry.TRY,
    ErrorCode.ANSWER_LOST: Retry.TRY,
    ErrorCode.PICTURE_ILLEGAL: Retry.TRY,
    ErrorCode.PICTURE_EMPTY: Retry.TRY,
    ErrorCode.ACCOUNT_UNUSABLE: Retry.ACCOUNT,
}


def test_a_codes_value_is_its_name_so_that_records_can_be_searched() -> None:
    assert [code for code in ErrorCode if code.value != code.name.lower()] == []


def test_an_error_is_final_unless_trying_again_was_decided() -> None:
    rules = {code: retry_rule(code) for code in ErrorCode}
    assert {code: rule for code, rule in rules.items() if rule is not Retry.NEVER} == TRIED_AGAIN


def test_a_refusal_names_fields_and_codes_and_no_facts() -> None:
    secret = Problem(ErrorCode.SIZE_UNREADABLE, "resolution", {"typed": "secret"})
    refused = Refused(Problem(ErrorCode.PHOTO_MISSING), secret)
    assert str(refused) == "-: photo_missing, resolution: size_unreadable"
    assert [problem.code for problem in refused.problems] == ["photo_missing", "size_unreadable"]
