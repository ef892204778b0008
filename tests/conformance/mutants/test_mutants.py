"""The proof that the suite can fail: for each promise that the reference breaks, the test of it notices.

That the unbroken reference passes is what the rest of the suite shows when it runs without --target.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conformance import waiting

SUITE = Path(__file__).parent.parent
REFERENCE = Path(__file__).parent / "reference"

# Mutant of the reference: the test that must fail.
MUTANTS = {
    # Point 1
    "missing-variable-accepted": "test_configuration.py::test_a_missing_variable_stops_the_start[ENVIRONMENT]",
    "bad-variable-accepted": "test_configuration.py::test_a_bad_variable_stops_the_start[LOG_LEVEL]",
    "cors-wildcard-accepted": "test_configuration.py::test_a_bad_variable_stops_the_start[CORS_ORIGINS]",
    "first-bad-variable-only": "test_configuration.py::test_one_message_names_every_bad_variable",
    "wrong-exit-code": "test_configuration.py::test_one_message_names_every_missing_variable",
    "secret-printed": "test_configuration.py::test_a_bad_variable_stops_the_start[DATABASE_URL]",
    # Point 2
    "checks-missing": "test_health.py::test_ready_names_what_it_checked",
    "host-checked-on-probes": "test_health.py::test_a_probe_needs_no_known_host",
    "probes-logged": "test_health.py::test_probes_are_not_in_the_log",
    # Point 3
    "plain-text-log": "test_logs.py::test_every_line_is_json_with_the_common_fields",
    "local-time-logged": "test_logs.py::test_every_line_is_json_with_the_common_fields",
    "path-logged-as-route": "test_logs.py::test_the_route_is_the_template_and_not_the_path",
    "request-id-not-returned": "test_logs.py::test_every_answer_has_a_request_id[unknown-path]",
    "request-id-not-kept": "test_logs.py::test_a_safe_request_id_is_kept",
    "unsafe-request-id-kept": "test_logs.py::test_an_unsafe_request_id_is_replaced",
    "traceparent-ignored": "test_logs.py::test_the_trace_id_is_logged",
    "query-logged": "test_logs.py::test_nothing_secret_is_logged[info]",
    "authorization-logged": "test_logs.py::test_nothing_secret_is_logged[info]",
    "body-logged": "test_logs.py::test_nothing_secret_is_logged[info]",
    "client-gone-is-an-error": "test_logs.py::test_a_client_that_goes_away_is_no_error",
    # Point 4
    "bare-404": "test_errors.py::test_an_error_is_a_problem[unknown-path]",
    "problem-as-json": "test_errors.py::test_an_error_is_a_problem[unknown-path]",
    "stack-trace-in-500": "test_errors.py::test_an_error_is_a_problem[crash]",
    "server-errors-plain": "test_errors.py::test_an_error_is_a_problem[no-http]",
    "allow-missing": "test_errors.py::test_a_wrong_method_is_told_the_right_ones",
    "body-to-head": "test_errors.py::test_an_error_to_head_has_no_body",
    # Point 5
    "signals-unhandled": "test_shutdown.py::test_an_idle_service_ends_with_0",
    "ends-with-1": "test_shutdown.py::test_no_request_is_lost_under_load[SIGINT]",
    "ready-until-the-end": "test_shutdown.py::test_ready_turns_503_while_the_listener_stays_open",
    "no-delay": "test_shutdown.py::test_no_request_is_lost_under_load[SIGTERM]",
    "in-flight-dropped": "test_shutdown.py::test_requests_in_flight_are_finished",
    "kept-alive-while-draining": "test_shutdown.py::test_requests_in_flight_are_finished",
    "idle-holds-the-end": "test_shutdown.py::test_an_idle_service_ends_with_0",
    "second-signal-ignored": "test_shutdown.py::test_a_second_signal_ends_it_hard",
    "grace-without-end": "test_shutdown.py::test_the_end_of_the_grace_period_ends_it_hard",
    "grace-after-delay": "test_shutdown.py::test_the_end_of_the_grace_period_ends_it_hard",
    # Point 6
    "headers-missing-on-errors": "test_security.py::test_every_answer_has_the_security_headers[unknown-path]",
    "server-header": "test_security.py::test_every_answer_has_the_security_headers[health]",
    "cors-wildcard-with-credentials": "test_security.py::test_credentials_never_go_with_a_wildcard",
    "cors-reflects-any-origin": "test_security.py::test_another_origin_is_not_allowed",
    "length-unchecked": "test_security.py::test_the_default_limit_of_the_body_is_a_mebibyte",
    "chunks-unbounded": "test_errors.py::test_an_error_is_a_problem[too-large-in-chunks]",
    "no-time-limit": "test_errors.py::test_an_error_is_a_problem[too-slow]",
    "endless-head": "test_security.py::test_a_head_that_never_ends_is_not_waited_for",
    "smuggling-possible": "test_security.py::test_a_length_and_chunks_together_are_not_two_requests",
    "host-unchecked": "test_security.py::test_an_unknown_host_is_refused",
    # Point 7
    "spoofable-address": "test_rate_limit.py::test_a_claimed_address_counts_for_nothing_from_a_stranger",
    "proxy-never-trusted": "test_rate_limit.py::test_behind_a_trusted_proxy_each_client_has_its_own_limit",
    "first-address-trusted": "test_rate_limit.py::test_behind_a_trusted_proxy_a_client_cannot_invent_addresses",
    "health-limited": "test_rate_limit.py::test_probes_are_exempt",
    "retry-after-missing": "test_rate_limit.py::test_the_limit_is_announced_counted_and_kept",
    # Point 8
    "none-accepted": "test_auth.py::test_a_bad_token_is_refused[none]",
    "public-key-as-secret": "test_auth.py::test_a_bad_token_is_refused[signed-with-the-public-key]",
    "signature-unchecked": "test_auth.py::test_a_bad_token_is_refused[wrong-key]",
    "key-sent-along-trusted": "test_auth.py::test_a_bad_token_is_refused[key-sent-along]",
    "key-id-optional": "test_auth.py::test_a_bad_token_is_refused[no-key-id]",
    "critical-header-ignored": "test_auth.py::test_a_bad_token_is_refused[unknown-critical-header]",
    "issuer-unchecked": "test_auth.py::test_a_bad_token_is_refused[other-issuer]",
    "audience-unchecked": "test_auth.py::test_a_token_for_another_service_is_refused",
    "expiry-unchecked": "test_auth.py::test_a_bad_token_is_refused[expired]",
    "expiry-optional": "test_auth.py::test_a_bad_token_is_refused[no-expiry]",
    "not-before-unchecked": "test_auth.py::test_a_bad_token_is_refused[not-yet-valid]",
    "huge-token-read": "test_auth.py::test_a_huge_token_is_refused",
    "no-leeway": "test_auth.py::test_clocks_may_differ_a_little",
    "challenge-missing": "test_auth.py::test_a_request_without_a_token_is_challenged[None-GET-/api/v1/users]",
    "probes-need-a-token": "test_auth.py::test_a_probe_needs_no_token[/health]",
    "roles-unchecked": "test_auth.py::test_a_caller_without_a_known_role_may_do_nothing[roles0]",
    "any-role-writes": "test_auth.py::test_a_role_permits_nothing_else[POST-/api/v1/users]",
    "keys-fetched-each-time": "test_auth.py::test_keys_are_fetched_once",
    "rotation-unseen": "test_auth.py::test_a_new_key_counts_at_once_and_the_old_one_no_longer",
    "withdrawn-key-kept": "test_auth.py::test_a_new_key_counts_at_once_and_the_old_one_no_longer",
    "unknown-keys-flood": "test_auth.py::test_unknown_keys_do_not_flood_the_issuer",
    "issuer-asked-each-time": "test_auth.py::test_known_keys_serve_while_the_issuer_is_down",
    "issuer-down-is-401": "test_auth.py::test_an_issuer_that_is_down_is_not_the_callers_fault",
    "imitable-issuer-accepted": "test_auth.py::test_an_issuer_that_anybody_can_imitate_is_refused",
    "token-logged": "test_auth.py::test_a_token_is_not_logged",
    "security-undocumented": "test_auth.py::test_the_document_says_what_needs_a_token",
    # Point 9
    "openapi-drifted": "test_openapi.py::test_the_document_is_the_one_in_the_repository",
    "status-undocumented": "test_openapi.py::test_generated_requests_find_no_crash_and_nothing_undocumented",
    "crash-on-odd-input": "test_errors.py::test_json_that_is_no_user_is_refused",
    # Point 10
    "migration-not-repeatable": "test_database.py::test_migrations_make_the_schema_and_a_repetition_changes_nothing",
    "migration-starts-anew": "test_database.py::test_migrations_make_the_schema_and_a_repetition_changes_nothing",
    "down-leaves-the-table": "test_database.py::test_migrations_go_down_to_nothing_and_up_again",
    "email-not-unique": "test_database.py::test_two_at_once_make_one_user",
    # Point 11
    "path-measured": "test_metrics.py::test_the_route_is_a_label_and_the_path_is_not",
    "errors-not-measured": "test_metrics.py::test_errors_are_counted",
    "pool-not-measured": "test_metrics.py::test_the_pool_is_shown",
}


class Recorder:
    """Keeps what a test run reports."""

    def __init__(self) -> None:
        self.reports: list[pytest.TestReport] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.reports.append(report)


@pytest.mark.parametrize(
    ("mutant", "test"),
    [
        pytest.param(
            mutant, test, id=mutant, marks=[pytest.mark.needs(signal="SIGTERM")] if "test_shutdown" in test else []
        )
        for mutant, test in MUTANTS.items()
    ],
)
def test_a_broken_promise_is_noticed(mutant: str, test: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTANT", mutant)  # the reference inherits it
    monkeypatch.setattr(waiting, "PATIENCE", 3.0)  # what a mutant never does isn't worth waiting for
    recorder = Recorder()
    # In this process, because a new one spends most of its time on imports.
    options = ["--exitfirst", "--capture=no", "--confcutdir", str(SUITE), "-p", "no:cacheprovider", "-p", "no:xdist"]
    pytest.main([f"{SUITE}/{test}", *options], plugins=[recorder])
    failed = [report for report in recorder.reports if report.failed]
    assert failed, f"{test} passes"
    assert [report.when for report in failed] == ["call"], "it doesn't fail, it can't run"


def test_every_mutant_is_listed() -> None:
    source = "".join(file.read_text(encoding="utf-8") for file in REFERENCE.glob("*.py"))
    assert set(re.findall(r'mutant\("([a-z0-9-]+)"\)', source)) == MUTANTS.keys()
