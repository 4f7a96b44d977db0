//! The traps that formats lay, and where each is shown to be read right: tests by `file::test`
//! (`folder/file::test` of `src`), or lines of a fixture by `NAME: text`. docs/FORMATS.md is made of
//! it, and a test looks whether what is cited is there.

/// Row of the ranking (`all`: of any format), trap, places.
pub const TRAPS: &[(&str, &str, &[&str])] = &[
    (
        "1",
        "upstream lists: `,` another try, ` : ` another group",
        &[
            "nginx-timed:  : ",
            "outage_lines::nginx_without_a_request_a_client_or_an_upstream",
        ],
    ),
    ("1", "no upstream, `-`", &["nginx-timed: urt=\"-\""]),
    (
        "1",
        "no request, bytes of TLS",
        &["nginx-timed: \"\" 400", "nginx-timed: \\x16"],
    ),
    (
        "1",
        "a client that gave up, 499, and 000",
        &["nginx-timed: 499", "nginx-timed: 000"],
    ),
    (
        "1",
        "`log_format` of the configuration",
        &[
            "formats/log_format/nginx::strings_of_other_sites_are_read",
            "formats/log_format/nginx::json_strings_are_read_by_their_keys",
        ],
    ),
    (
        "2",
        "units and names of each library",
        &[
            "libraries::every_library_says_what_happened_in_its_own_words",
            "format_traps::libraries_write_durations_in_units_of_their_own",
        ],
    ),
    (
        "2",
        "levels in words and on three scales",
        &["format_traps::levels_are_words_and_numbers_of_three_scales"],
    ),
    (
        "2",
        "nested and dotted keys",
        &[
            "formats/json::nested_and_dotted_keys_are_the_same",
            "formats/infer/alias::containers_that_say_nothing_are_taken_off",
        ],
    ),
    (
        "2",
        "JSON in a text of JSON",
        &["formats/wrap/nested::the_text_of_a_key_that_is_an_object_becomes_one"],
    ),
    (
        "2",
        "zap: durations as texts with their unit, its console",
        &[
            "zap: \"elapsed\":\"1.5ms\"",
            "formats/wrap/console::the_cells_of_a_line_are_the_keys_of_zaps_json",
            "formats/wrap/console::a_stack_belongs_to_the_entry_before_it",
        ],
    ),
    (
        "2",
        "one key twice",
        &["format_traps::keys_that_stand_twice_cost_no_event"],
    ),
    (
        "2",
        "words before the object",
        &[
            "format_traps::an_object_behind_words_that_are_the_same_on_most_lines_is_read",
            "format_traps::words_that_differ_before_an_object_are_the_message",
        ],
    ),
    (
        "2",
        "one key, another unit in another service",
        &[
            "format_traps::one_key_may_have_another_unit_in_another_service",
            "format_traps::one_key_of_logfmt_may_have_another_unit_in_another_service",
            "formats/infer/by_service::services_that_are_alike_as_they_stand_have_one_unit",
        ],
    ),
    (
        "3",
        "lines in parts (CRI `P`, json-file without `\\n`)",
        &[
            "formats/wrap/layers::parts_of_one_stream_are_put_together_whatever_comes_between",
            "formats/wrap/containers::runtimes_say_the_stream_and_whether_the_line_goes_on",
        ],
    ),
    (
        "3",
        "prefixes of kubectl, stern, compose",
        &[
            "formats/wrap/containers::tools_say_pod_and_container",
            "wraps::every_wrapped_fixture_says_what_was_written_down_by_hand",
        ],
    ),
    (
        "4",
        "no year: December to January",
        &[
            "time_traps::a_file_without_years_ends_when_it_was_last_changed",
            "formats/stamp/context::the_year_goes_up_at_its_turn_and_does_not_flip_flop",
        ],
    ),
    (
        "4",
        "days padded by a space, three forms of syslog",
        &["formats/wrap/syslog::the_three_forms_of_syslog_are_read"],
    ),
    (
        "4",
        "`message repeated N times`",
        &["format_traps::a_message_that_came_again_counts_as_often_as_syslog_says"],
    ),
    (
        "5",
        "a message that is a list of bytes, or null",
        &["journald: MESSAGE\":[", "journald: MESSAGE\":null"],
    ),
    (
        "5",
        "`Suppressed N messages`, the source's own time",
        &[
            "journald: Suppressed",
            "journald: _SOURCE_REALTIME_TIMESTAMP",
        ],
    ),
    (
        "5",
        "`-o export`: blocks of fields, values with their length before them",
        &[
            "wraps::an_export_of_the_journal_says_what_its_json_says_in_blocks_of_any_size",
            "formats/wrap/export::a_value_with_line_ends_has_its_length_before_it",
        ],
    ),
    (
        "6",
        "DETAIL and STATEMENT behind an entry, statements of many lines",
        &[
            "postgresql: STATEMENT:  UPDATE",
            "formats/entries::what_is_attached_belongs_to_the_entry_before_it",
        ],
    ),
    (
        "6",
        "lock waits, too many clients",
        &["outage_servers::postgresql_says_who_waits_and_who_is_sent_away"],
    ),
    (
        "6",
        "`log_line_prefix` of the configuration",
        &[
            "formats/log_format/postgres::the_directive_of_a_configuration_is_read_without_its_name_and_quotes",
        ],
    ),
    (
        "6",
        "entries in numbered parts of syslog, `#011` for a tab, a prefix without a time",
        &[
            "formats/entries/numbered::entries_in_numbered_parts_are_those_of_the_servers_own_log",
            "formats/entries/numbered::a_prefix_that_leaves_the_time_to_syslog_has_that_of_syslog",
        ],
    ),
    (
        "6",
        "severities, durations and statements in the languages of `lc_messages`",
        &[
            "formats/entries/tongues::severities_and_what_is_attached_are_known_in_every_language",
            "formats/entries/tongues::durations_are_read_in_every_language",
        ],
    ),
    (
        "7",
        "status 0, flags that say who failed",
        &[
            "envoy: 0 DC 0",
            "envoy: UF,URX",
            "outage_lines::others_that_nobody_answered",
        ],
    ),
    (
        "8",
        "`-` and -1, 460, 502, 503, grpcs, ws",
        &[
            "outage_lines::a_load_balancer_that_reached_no_target",
            "aws-alb: ws 2024",
        ],
    ),
    (
        "8",
        "fields behind the last known one, lines out of order",
        &[
            "aws-alb: \"10.4.2.17:8080\" \"101\"",
            "time_traps::lines_out_of_order_and_in_order_are_the_same_events",
        ],
    ),
    (
        "9",
        "the stamp of the start, unlike nginx",
        &[
            "outage_lines::the_same_request_begins_and_lasts_the_same_for_all",
            "same_incident::the_same_incident_in_five_formats_has_the_same_onset_and_p95",
        ],
    ),
    (
        "9",
        "escaped quotes",
        &["format_traps::escaped_quotes_end_no_field"],
    ),
    (
        "9",
        "`LogFormat` of the configuration",
        &["formats/log_format/apache::strings_of_other_sites_are_read"],
    ),
    (
        "9",
        "a connection that became another protocol's (101) lasts as long as its client wants",
        &["outage_lines::nobody_waits_for_the_end_of_a_websocket"],
    ),
    (
        "9",
        "a bare number, in any unit",
        &["format_traps::a_bare_whole_number_behind_a_request_is_told_by_what_lasts_how_long"],
    ),
    (
        "10",
        "no server, days 1-9, ISO stamps, IPv6, `+`, `<BADREQ>`, braces",
        &[
            "outage_lines::haproxy_without_a_server_in_every_way_of_writing",
            "haproxy-http: [9/May",
        ],
    ),
    (
        "10",
        "actconn, feconn, beconn, srvconn, retries and both queues are numbers of the event",
        &[
            "fixtures::every_fixture_says_what_is_written_beside_it",
            "haproxy-http: [9/May",
        ],
    ),
    (
        "10",
        "sessions of a backend and a server, and retries, are series",
        &["series/assemble/requests::sessions_of_a_server_are_told_once_the_log_is_narrowed_to_it"],
    ),
    (
        "11",
        "no `# Time`, `use`, `SET timestamp`, a header after a restart",
        &["outage_servers::mysql_entries_without_a_time_have_that_of_their_neighbours"],
    ),
    (
        "11",
        "fields of Percona, statements of many lines",
        &[
            "mysql-slow: QC_hit",
            "formats/blocks::an_event_opens_at_the_first_of_its_header_lines",
        ],
    ),
    (
        "11",
        "a crash without a date, and what follows it",
        &[
            "mysql-error: 00:00:03 UTC - mysqld",
            "mysql-error: This could be because",
        ],
    ),
    (
        "12",
        "tracebacks, WORKER TIMEOUT",
        &["python: Traceback", "gunicorn: WORKER TIMEOUT"],
    ),
    (
        "13",
        "traces with `Caused by`, a pool that has run out",
        &[
            "java: Caused by",
            "java: HikariPool-1 - Connection is not available",
        ],
    ),
    (
        "13",
        "`%D` is in ms up to Tomcat 9, in us from 10",
        &[
            "format_traps::tomcat_10_writes_microseconds_and_stamps_the_end",
            "formats/mapping::the_unit_of_a_bare_number_behind_an_access_line_can_be_said",
        ],
    ),
    (
        "13",
        "a level on the second line of a record",
        &["java-logging: SEVERE: All threads"],
    ),
    (
        "14",
        "an origin that was never reached",
        &[
            "traefik-json: OriginStatus\":0",
            "outage_lines::others_that_nobody_answered",
        ],
    ),
    ("15", "status 0, aborted", &["caddy: \"status\":0"]),
    (
        "16",
        "batches of records",
        &["formats/otlp::one_line_gives_an_event_for_each_of_its_records"],
    ),
    (
        "17",
        "H12, H13, lengths with units",
        &["heroku-router: code=H12", "heroku-router: code=H13"],
    ),
    (
        "17",
        "pairs behind a stamp, a level and words",
        &[
            "formats/wrap/paired::stamp_level_and_words_get_keys",
            "formats/wrap/paired::texts_whose_pairs_tell_of_requests_are_read_by_them",
        ],
    ),
    (
        "18",
        "upstream timed out, connect failed, connections not enough, limits",
        &[
            "nginx-error: upstream timed out (110",
            "nginx-error: connect() failed (111",
            "nginx-error: worker_connections are not enough",
            "nginx-error: limiting requests",
        ],
    ),
    (
        "19",
        "text before 4.4, that ends in `ms`",
        &["mongodb-text: COMMAND"],
    ),
    (
        "20",
        "tabs, cold starts, `Task timed out after`",
        &["lambda: Init Duration", "lambda: Task timed out after"],
    ),
    (
        "21",
        "enqueued, started, ended, failed, tried again",
        &[
            "bullmq: \"event\":\"waiting\"",
            "celery: received",
            "celery: retry: Retry",
            "sidekiq: fail",
        ],
    ),
    (
        "22",
        "several lines a request",
        &["rails: Started GET", "rails: Completed 500"],
    ),
    (
        "22",
        "requests without a logger's prefix, mixed by their tags",
        &[
            "rails-requests: Completed 500",
            "formats/records::lines_of_a_tag_belong_to_its_request_wherever_they_stand",
        ],
    ),
    (
        "23",
        "`#Fields`, status 000",
        &[
            "cloudfront: \t000\t",
            "formats/w3c::a_line_of_fields_names_the_cells_until_the_next",
        ],
    ),
    (
        "24",
        "`#Fields` that change in the middle",
        &[
            "formats/w3c::a_line_of_fields_names_the_cells_until_the_next",
            "formats/w3c::a_line_of_an_earlier_header_is_read_by_its_number_of_cells",
        ],
    ),
    (
        "25",
        "times in the unit of the job",
        &["format_traps::an_edge_that_writes_its_times_in_any_unit_says_the_same"],
    ),
    (
        "26",
        "one entry twice, by `insertId`",
        &[
            "format_traps::an_entry_that_was_exported_twice_counts_once",
            "format_traps::an_entry_that_was_exported_twice_counts_once_however_far_apart",
        ],
    ),
    (
        "27",
        "JSON in `properties`, batches on one line",
        &["format_traps::a_batch_of_objects_on_one_line_is_an_event_each_with_its_place"],
    ),
    (
        "28",
        "no more connections, `query_wait_timeout`, waits as gauges",
        &[
            "pgbouncer: no more connections allowed",
            "pgbouncer: query_wait_timeout",
            "formats/gauges::a_number_behind_its_text_is_a_sample_and_nothing_else_is",
        ],
    ),
    (
        "29",
        "`pm.max_children`",
        &["php-fpm: server reached pm.max_children"],
    ),
    (
        "30",
        "out of memory, MISCONF, failover",
        &[
            "redis: Out Of Memory",
            "format_traps::servers_say_that_they_cannot_write_or_have_changed_roles",
        ],
    ),
    (
        "31",
        "out of memory, blocked tasks, seconds since the start",
        &[
            "kernel: Out of memory",
            "dmesg: blocked for more than",
            "formats/stamp/context::seconds_since_the_start_need_the_start",
        ],
    ),
    (
        "32",
        "garbage collection, circuit breaker, `took[1.2s]`",
        &[
            "elasticsearch: overhead",
            "elasticsearch: CircuitBreakingException",
            "elasticsearch: took[",
        ],
    ),
    (
        "33",
        "replicas that shrink, leaders that change, `took too long`",
        &[
            "kafka: Shrinking ISR",
            "zookeeper: LEADING",
            "etcd: took too long",
        ],
    ),
    (
        "33",
        "watches, followed logs and connections of exec have no duration",
        &[
            "kubernetes-audit: \"verb\":\"watch\"",
            "kubernetes-audit: \"code\":101",
            "kubernetes-audit: follow=true",
        ],
    ),
    (
        "34",
        "hours late",
        &[
            "time_traps::lines_out_of_order_and_in_order_are_the_same_events",
            "s3: SlowDown",
        ],
    ),
    (
        "35",
        "hit and miss, requests that were given up",
        &[
            "squid: TCP_MEM_HIT",
            "squid: TCP_MISS_ABORTED/000",
            "varnish: 503",
        ],
    ),
    (
        "36",
        "logins that fail, connections that are refused",
        &[
            "auth: Failed password for invalid user",
            "auth: past MaxStartups",
        ],
    ),
    (
        "M1",
        "names and stamps of any kind, commas for points",
        &[
            "series_files::time_and_value_are_enough_whatever_they_are_called_and_in_any_stamp",
            "format_traps::a_comma_may_be_the_point_of_a_number",
        ],
    ),
    (
        "C1",
        "merge time is no deploy time",
        &[
            "records/deploys::json_lists_give_changes_and_merge_time_is_not_deploy_time",
            "exports::a_change_counts_from_when_it_took_effect_and_not_from_its_commit",
        ],
    ),
    (
        "all",
        "stamps of seconds beside durations of milliseconds; start against end",
        &[
            "time_traps::a_duration_of_milliseconds_beside_a_stamp_of_seconds_gives_the_start_of_the_work",
            "format_traps::a_wrapper_gives_whole_seconds_their_parts_where_both_agree",
            "libraries::a_stamp_that_says_when_work_began_is_of_the_start",
        ],
    ),
    (
        "all",
        "no year, the turn of the year, 29 February",
        &[
            "time_traps::a_line_of_late_december_is_not_of_the_year_in_which_its_file_was_copied",
            "time_traps::the_date_in_a_files_name_gives_the_year",
            "time_traps::the_29th_of_february_is_of_a_year_that_has_one",
            "time_traps::years_are_carried_through_many_blocks_on_any_number_of_threads",
        ],
    ),
    (
        "all",
        "no date: a clock alone, midnights",
        &[
            "time_traps::clocks_without_a_date_end_when_their_file_was_last_changed_which_is_an_assumption",
            "time_traps::the_date_in_a_files_name_gives_that_of_its_first_clock",
            "time_traps::days_of_clocks_are_carried_through_many_blocks_on_any_number_of_threads",
        ],
    ),
    (
        "all",
        "the hour that clocks skip",
        &[
            "clock_traps::a_local_time_that_the_clocks_skipped_has_the_offset_before_in_every_format",
        ],
    ),
    (
        "all",
        "the hour that clocks show twice",
        &[
            "clock_traps::the_hour_that_the_clocks_show_twice_is_two_hours_in_every_format",
            "time_traps::the_hour_that_clocks_show_twice_is_read_twice",
        ],
    ),
    (
        "all",
        "naive local times, zones per source",
        &[
            "time_traps::a_zone_of_one_source_is_not_that_of_another_and_none_is_guessed_silently",
            "clock_traps::no_zone_moves_a_stamp_that_says_its_offset_or_is_of_utc",
        ],
    ),
    (
        "all",
        "clocks that differ",
        &["time_traps::a_clock_that_is_behind_is_proposed_and_corrected_only_on_request"],
    ),
    (
        "all",
        "lines out of order",
        &["time_traps::lines_out_of_order_and_in_order_are_the_same_events"],
    ),
    (
        "all",
        "the same lines in `x.log` and `x.log.1.gz`",
        &["sources::a_rotated_log_is_one_source_and_no_line_counts_twice"],
    ),
    (
        "all",
        "a last line that is cut off",
        &["time_traps::a_last_line_that_is_cut_off_is_counted_and_not_misread"],
    ),
    (
        "all",
        "CRLF and bare line ends",
        &["input/line_ends::bare_line_ends_become_usual_ones_and_others_stay"],
    ),
    (
        "all",
        "byte order marks, UTF-16",
        &["wraps::marks_of_byte_order_and_other_encodings_are_read"],
    ),
    (
        "all",
        "invalid UTF-8, NUL",
        &[
            "wraps::bytes_that_are_no_text_cost_no_line",
            "formats/clean::marks_and_holes_are_dropped",
        ],
    ),
    (
        "all",
        "colours, escape sequences in the text",
        &[
            "wraps::escape_sequences_of_a_log_reach_no_report",
            "formats/clean::what_a_terminal_would_obey_is_dropped",
        ],
    ),
    (
        "all",
        "a line of 10 MB",
        &["wraps::a_line_of_ten_megabytes_is_one_event"],
    ),
    (
        "all",
        "`-`, `-1`, `0`, `null`, `NaN`, empty",
        &[
            "format_traps::values_that_are_none_are_absent_and_not_zero",
            "formats/value::a_duration_that_was_not_reached_is_absent_and_not_zero",
        ],
    ),
    (
        "all",
        "commas for points",
        &[
            "format_traps::a_comma_may_be_the_point_of_a_number",
            "formats/comma::a_comma_is_a_point_or_stands_between_thousands",
        ],
    ),
    (
        "all",
        "the magnitude of an epoch",
        &[
            "time_traps::an_epoch_is_told_by_its_magnitude",
            "formats/stamp/kind::the_magnitude_of_an_epoch_tells_its_unit",
        ],
    ),
    (
        "all",
        "ids, uuids and hashes in paths",
        &["formats/path::ids_become_placeholders_and_names_stay"],
    ),
    (
        "all",
        "literals and lists of SQL",
        &[
            "formats/fingerprint::literals_become_question_marks",
            "formats/fingerprint::lists_of_any_length_are_one",
        ],
    ),
    (
        "all",
        "IPv6, `ip:port`, lists of forwarders, `unix:`",
        &[
            "formats/address::ports_are_cut_off_and_addresses_are_not",
            "formats/address::the_first_of_a_list_loses_its_port_and_brackets",
            "formats/infer/values::a_client_with_a_port_is_not_another_for_each_port",
        ],
    ),
];
