"""Checks that have another id since contract 1.1, when they were grouped by section of the contract alone."""

from __future__ import annotations

RENAMED: dict[str, dict[str, str]] = {
    "test_concurrency": {
        "test_answers_in_flight_together_are_not_crossed": "test_scope",
        "test_a_token_revoked_in_mid_flight_is_refused_from_then_on": "test_expiry",
        "test_a_token_expired_in_mid_flight_is_refused_from_then_on": "test_expiry",
    },
    "test_doors": {
        "test_no_method_opens_the_resource": "test_paths",
        "test_no_spelling_of_the_path_opens_the_resource": "test_paths",
        "test_no_other_header_stands_in_for_credentials": "test_paths",
        "test_an_open_path_does_not_lead_to_a_protected_one": "test_paths",
        "test_a_token_in_the_query_is_no_credential": "test_paths",
        "test_a_token_in_a_cookie_is_no_credential": "test_paths",
        "test_a_token_in_a_form_body_is_no_credential": "test_paths",
        "test_a_scope_in_the_query_is_no_scope": "test_paths",
    },
    "test_generated": {
        "test_no_generated_token_is_accepted": "test_tokens",
        "test_no_generated_alteration_is_accepted": "test_tokens",
        "test_no_generated_unsigned_token_is_accepted": "test_attacks",
        "test_no_generated_authorization_is_accepted": "test_headers",
        "test_no_generated_loose_credential_is_accepted": "test_headers",
        "test_no_generated_tenant_is_accepted": "test_headers",
        "test_no_generated_organization_is_accepted": "test_headers",
        "test_generated_headers_are_answered_as_the_guide_implies": "test_headers",
        "test_no_generated_path_opens_the_resource": "test_paths",
        "test_generated_requests_are_answered_as_the_guide_implies": "test_paths",
    },
    "test_lifecycle": {
        "test_through_any_life_every_request_is_answered_rightly": "test_expiry",
        "test_whoever_called_before_each_request_is_judged_by_its_own_token": "test_expiry",
    },
    "test_raw_wire": {
        "test_odd_octets_open_nothing": "test_wire",
        "test_a_pipelined_request_is_judged_by_its_own_credentials": "test_wire",
        "test_a_bad_request_before_a_good_one_is_refused": "test_wire",
        "test_a_request_in_two_segments_is_still_refused": "test_wire",
        "test_a_good_request_in_two_segments_is_accepted": "test_wire",
    },
    "test_refreshing": {"test_a_refused_sign_in_does_not_repeat_the_password": "test_errors"},
    "test_saved": {"test_a_saved_request_is_answered_rightly": "test_regression_cases"},
    "test_sequences": {
        "test_headers_are_complete_at_every_moment": "test_requests",
        "test_the_scope_is_constant_at_every_moment": "test_requests",
        "test_attempts_are_bounded_at_every_moment": "test_unauthorized",
        "test_a_replaced_token_never_comes_back": "test_unauthorized",
        "test_no_sign_in_comes_without_a_cause": "test_requests",
        "test_nothing_follows_a_403_at_any_moment": "test_other_answers",
        "test_no_sign_in_follows_a_503_at_any_moment": "test_other_answers",
    },
    "test_supplied": {
        "test_the_supplied_expired_token_is_unauthorized": "test_expiry",
        "test_the_supplied_revoked_token_is_unauthorized": "test_expiry",
        "test_the_supplied_token_from_the_future_is_unauthorized": "test_attacks",
        "test_the_supplied_token_of_another_issuer_is_unauthorized": "test_attacks",
        "test_the_supplied_token_for_another_audience_is_unauthorized": "test_attacks",
        "test_the_supplied_token_without_expiry_is_unauthorized": "test_attacks",
        "test_the_supplied_token_without_scope_is_forbidden": "test_scope",
    },
}
"""The new file by the old one and the function, whose name has stayed."""


def current_check_id(check_id: str) -> str:
    """The id that the check has now."""
    file, _, function = check_id.partition("::")
    moved = RENAMED.get(file, {}).get(function)
    return check_id if moved is None else f"{moved}::{function}"
