//! The functions of CEL, its extensions and Kubernetes' libraries, as a Kubernetes 1.36 has them
//! (`apiserver/pkg/cel/environment/base.go`).

use super::Run;
use crate::library::{
    conversions, format, lists, named, net, operators, optional, quantity, regex, semver, strings,
    time, url,
};

/// Name, what it does, declarations.
pub(super) const TABLE: &[(&str, Run, &str)] = &[
    ("_?_:_", operators::unreachable, "conditional (bool, A, A) A"),
    ("_&&_", operators::unreachable, "logical_and (bool, bool) bool"),
    ("_||_", operators::unreachable, "logical_or (bool, bool) bool"),
    ("!_", operators::not, "logical_not (bool) bool"),
    ("@not_strictly_false", operators::unreachable, "not_strictly_false (bool) bool"),
    ("_==_", operators::equals, "equals (A, A) bool"),
    ("_!=_", operators::not_equals, "not_equals (A, A) bool"),
    (
        "_+_",
        operators::add,
        "
        add_bytes (bytes, bytes) bytes
        add_double (double, double) double
        add_duration_duration (duration, duration) duration
        add_duration_timestamp (duration, timestamp) timestamp
        add_timestamp_duration (timestamp, duration) timestamp
        add_int64 (int, int) int
        add_list (list(A), list(A)) list(A)
        add_string (string, string) string
        add_uint64 (uint, uint) uint
        ",
    ),
    (
        "_/_",
        operators::divide,
        "
        divide_double (double, double) double
        divide_int64 (int, int) int
        divide_uint64 (uint, uint) uint
        ",
    ),
    (
        "_%_",
        operators::modulo,
        "
        modulo_int64 (int, int) int
        modulo_uint64 (uint, uint) uint
        ",
    ),
    (
        "_*_",
        operators::multiply,
        "
        multiply_double (double, double) double
        multiply_int64 (int, int) int
        multiply_uint64 (uint, uint) uint
        ",
    ),
    (
        "-_",
        operators::negate,
        "
        negate_double (double) double
        negate_int64 (int) int
        ",
    ),
    (
        "_-_",
        operators::subtract,
        "
        subtract_double (double, double) double
        subtract_duration_duration (duration, duration) duration
        subtract_int64 (int, int) int
        subtract_timestamp_duration (timestamp, duration) timestamp
        subtract_timestamp_timestamp (timestamp, timestamp) duration
        subtract_uint64 (uint, uint) uint
        ",
    ),
    (
        "_<_",
        operators::less,
        "
        less_bool (bool, bool) bool
        less_int64 (int, int) bool
        less_int64_double (int, double) bool
        less_int64_uint64 (int, uint) bool
        less_uint64 (uint, uint) bool
        less_uint64_double (uint, double) bool
        less_uint64_int64 (uint, int) bool
        less_double (double, double) bool
        less_double_int64 (double, int) bool
        less_double_uint64 (double, uint) bool
        less_string (string, string) bool
        less_bytes (bytes, bytes) bool
        less_timestamp (timestamp, timestamp) bool
        less_duration (duration, duration) bool
        ",
    ),
    (
        "_<=_",
        operators::less_equals,
        "
        less_equals_bool (bool, bool) bool
        less_equals_int64 (int, int) bool
        less_equals_int64_double (int, double) bool
        less_equals_int64_uint64 (int, uint) bool
        less_equals_uint64 (uint, uint) bool
        less_equals_uint64_double (uint, double) bool
        less_equals_uint64_int64 (uint, int) bool
        less_equals_double (double, double) bool
        less_equals_double_int64 (double, int) bool
        less_equals_double_uint64 (double, uint) bool
        less_equals_string (string, string) bool
        less_equals_bytes (bytes, bytes) bool
        less_equals_timestamp (timestamp, timestamp) bool
        less_equals_duration (duration, duration) bool
        ",
    ),
    (
        "_>_",
        operators::greater,
        "
        greater_bool (bool, bool) bool
        greater_int64 (int, int) bool
        greater_int64_double (int, double) bool
        greater_int64_uint64 (int, uint) bool
        greater_uint64 (uint, uint) bool
        greater_uint64_double (uint, double) bool
        greater_uint64_int64 (uint, int) bool
        greater_double (double, double) bool
        greater_double_int64 (double, int) bool
        greater_double_uint64 (double, uint) bool
        greater_string (string, string) bool
        greater_bytes (bytes, bytes) bool
        greater_timestamp (timestamp, timestamp) bool
        greater_duration (duration, duration) bool
        ",
    ),
    (
        "_>=_",
        operators::greater_equals,
        "
        greater_equals_bool (bool, bool) bool
        greater_equals_int64 (int, int) bool
        greater_equals_int64_double (int, double) bool
        greater_equals_int64_uint64 (int, uint) bool
        greater_equals_uint64 (uint, uint) bool
        greater_equals_uint64_double (uint, double) bool
        greater_equals_uint64_int64 (uint, int) bool
        greater_equals_double (double, double) bool
        greater_equals_double_int64 (double, int) bool
        greater_equals_double_uint64 (double, uint) bool
        greater_equals_string (string, string) bool
        greater_equals_bytes (bytes, bytes) bool
        greater_equals_timestamp (timestamp, timestamp) bool
        greater_equals_duration (duration, duration) bool
        ",
    ),
    (
        "_[_]",
        operators::index,
        "
        index_list (list(A), int) A
        index_map (map(A, B), A) B
        optional_list_index_int (optional(list(V)), int) optional(V)
        optional_map_index_value (optional(map(K, V)), K) optional(V)
        ",
    ),
    (
        "_[?_]",
        operators::optional_index,
        "
        list_optindex_optional_int (list(V), int) optional(V)
        optional_list_optindex_optional_int (optional(list(V)), int) optional(V)
        map_optindex_optional_value (map(K, V), K) optional(V)
        optional_map_optindex_optional_value (optional(map(K, V)), K) optional(V)
        ",
    ),
    ("_?._", operators::unreachable, "select_optional_field (dyn, string) optional(V)"),
    (
        "@in",
        operators::is_in,
        "
        in_list (A, list(A)) bool
        in_map (A, map(A, B)) bool
        ",
    ),
    (
        "cel.@mapInsert",
        operators::map_insert,
        "
        @mapInsert_map_key_value (map(K, V), K, V) map(K, V)
        @mapInsert_map_map (map(K, V), map(K, V)) map(K, V)
        ",
    ),
    (
        "size",
        operators::size,
        "
        size_bytes (bytes) int
        bytes_size bytes.() int
        size_list (list(A)) int
        list_size list(A).() int
        size_map (map(A, B)) int
        map_size map(A, B).() int
        size_string (string) int
        string_size string.() int
        ",
    ),
    ("type", conversions::type_of, "type (A) type(A)"),
    (
        "bool",
        conversions::to_bool,
        "
        bool_to_bool (bool) bool
        string_to_bool (string) bool
        ",
    ),
    (
        "bytes",
        conversions::to_bytes,
        "
        bytes_to_bytes (bytes) bytes
        string_to_bytes (string) bytes
        ",
    ),
    (
        "double",
        conversions::to_double,
        "
        double_to_double (double) double
        int64_to_double (int) double
        string_to_double (string) double
        uint64_to_double (uint) double
        ",
    ),
    (
        "duration",
        conversions::to_duration,
        "
        duration_to_duration (duration) duration
        int64_to_duration (int) duration
        string_to_duration (string) duration
        ",
    ),
    ("dyn", conversions::to_dyn, "to_dyn (A) dyn"),
    (
        "int",
        conversions::to_int,
        "
        int64_to_int64 (int) int
        double_to_int64 (double) int
        duration_to_int64 (duration) int
        string_to_int64 (string) int
        timestamp_to_int64 (timestamp) int
        uint64_to_int64 (uint) int
        ",
    ),
    (
        "string",
        conversions::to_string,
        "
        string_to_string (string) string
        bool_to_string (bool) string
        bytes_to_string (bytes) string
        double_to_string (double) string
        duration_to_string (duration) string
        int64_to_string (int) string
        timestamp_to_string (timestamp) string
        uint64_to_string (uint) string
        ip_to_string (IP) string
        cidr_to_string (CIDR) string
        ",
    ),
    (
        "timestamp",
        conversions::to_timestamp,
        "
        timestamp_to_timestamp (timestamp) timestamp
        int64_to_timestamp (int) timestamp
        string_to_timestamp (string) timestamp
        ",
    ),
    (
        "uint",
        conversions::to_uint,
        "
        uint64_to_uint64 (uint) uint
        double_to_uint64 (double) uint
        int64_to_uint64 (int) uint
        string_to_uint64 (string) uint
        ",
    ),
    ("contains", strings::contains, "contains_string string.(string) bool"),
    ("endsWith", strings::ends_with, "ends_with_string string.(string) bool"),
    ("startsWith", strings::starts_with, "starts_with_string string.(string) bool"),
    (
        "matches",
        regex::matches,
        "
        matches (string, string) bool
        matches_string string.(string) bool
        ",
    ),
    (
        "getFullYear",
        time::year,
        "
        timestamp_to_year timestamp.() int
        timestamp_to_year_with_tz timestamp.(string) int
        ",
    ),
    (
        "getMonth",
        time::month,
        "
        timestamp_to_month timestamp.() int
        timestamp_to_month_with_tz timestamp.(string) int
        ",
    ),
    (
        "getDayOfYear",
        time::day_of_year,
        "
        timestamp_to_day_of_year timestamp.() int
        timestamp_to_day_of_year_with_tz timestamp.(string) int
        ",
    ),
    (
        "getDayOfMonth",
        time::day_of_month,
        "
        timestamp_to_day_of_month timestamp.() int
        timestamp_to_day_of_month_with_tz timestamp.(string) int
        ",
    ),
    (
        "getDate",
        time::date,
        "
        timestamp_to_date timestamp.() int
        timestamp_to_date_with_tz timestamp.(string) int
        ",
    ),
    (
        "getDayOfWeek",
        time::day_of_week,
        "
        timestamp_to_day_of_week timestamp.() int
        timestamp_to_day_of_week_with_tz timestamp.(string) int
        ",
    ),
    (
        "getHours",
        time::hours,
        "
        timestamp_to_hours timestamp.() int
        timestamp_to_hours_with_tz timestamp.(string) int
        duration_to_hours duration.() int
        ",
    ),
    (
        "getMinutes",
        time::minutes,
        "
        timestamp_to_minutes timestamp.() int
        timestamp_to_minutes_with_tz timestamp.(string) int
        duration_to_minutes duration.() int
        ",
    ),
    (
        "getSeconds",
        time::seconds,
        "
        timestamp_to_seconds timestamp.() int
        timestamp_to_seconds_with_tz timestamp.(string) int
        duration_to_seconds duration.() int
        ",
    ),
    (
        "getMilliseconds",
        time::milliseconds,
        "
        timestamp_to_milliseconds timestamp.() int
        timestamp_to_milliseconds_with_tz timestamp.(string) int
        duration_to_milliseconds duration.() int
        ",
    ),
    ("optional.of", optional::of, "optional_of (V) optional(V)"),
    ("optional.ofNonZeroValue", optional::of_non_zero, "optional_ofNonZeroValue (V) optional(V)"),
    ("optional.none", optional::none, "optional_none () optional(V)"),
    ("value", optional::value, "optional_value optional(V).() V"),
    ("hasValue", optional::has_value, "optional_hasValue optional(V).() bool"),
    ("or", operators::unreachable, "optional_or_optional optional(V).(optional(V)) optional(V)"),
    ("orValue", operators::unreachable, "optional_orValue_value optional(V).(V) V"),
    ("first", optional::first, "list_first list(V).() optional(V)"),
    ("last", optional::last, "list_last list(V).() optional(V)"),
    ("optional.unwrap", optional::unwrap, "optional_unwrap (list(optional(V))) list(V)"),
    ("unwrapOpt", optional::unwrap, "optional_unwrapOpt list(optional(V)).() list(V)"),
    ("charAt", strings::char_at, "string_char_at_int string.(int) string"),
    (
        "indexOf",
        strings::index_of,
        "
        string_index_of_string string.(string) int
        string_index_of_string_int string.(string, int) int
        list_a_index_of_int list(A).(A) int
        ",
    ),
    (
        "lastIndexOf",
        strings::last_index_of,
        "
        string_last_index_of_string string.(string) int
        string_last_index_of_string_int string.(string, int) int
        list_a_last_index_of_int list(A).(A) int
        ",
    ),
    ("lowerAscii", strings::lower_ascii, "string_lower_ascii string.() string"),
    ("upperAscii", strings::upper_ascii, "string_upper_ascii string.() string"),
    (
        "replace",
        strings::replace,
        "
        string_replace_string_string string.(string, string) string
        string_replace_string_string_int string.(string, string, int) string
        ",
    ),
    (
        "split",
        strings::split,
        "
        string_split_string string.(string) list(string)
        string_split_string_int string.(string, int) list(string)
        ",
    ),
    (
        "substring",
        strings::substring,
        "
        string_substring_int string.(int) string
        string_substring_int_int string.(int, int) string
        ",
    ),
    ("trim", strings::trim, "string_trim string.() string"),
    (
        "join",
        strings::join,
        "
        list_join list(string).() string
        list_join_string list(string).(string) string
        ",
    ),
    ("strings.quote", strings::quote, "strings_quote (string) string"),
    ("format", format::format, "string_format string.(list(dyn)) string"),
    ("find", regex::find, "string_find_string string.(string) string"),
    (
        "findAll",
        regex::find_all,
        "
        string_find_all_string string.(string) list(string)
        string_find_all_string_int string.(string, int) list(string)
        ",
    ),
    (
        "isSorted",
        lists::is_sorted,
        "
        list_int_is_sorted_bool list(int).() bool
        list_uint_is_sorted_bool list(uint).() bool
        list_double_is_sorted_bool list(double).() bool
        list_bool_is_sorted_bool list(bool).() bool
        list_duration_is_sorted_bool list(duration).() bool
        list_timestamp_is_sorted_bool list(timestamp).() bool
        list_string_is_sorted_bool list(string).() bool
        list_bytes_is_sorted_bool list(bytes).() bool
        ",
    ),
    (
        "sum",
        lists::sum,
        "
        list_int_sum_int list(int).() int
        list_uint_sum_uint list(uint).() uint
        list_double_sum_double list(double).() double
        list_duration_sum_duration list(duration).() duration
        ",
    ),
    (
        "max",
        lists::max,
        "
        list_int_max_int list(int).() int
        list_uint_max_uint list(uint).() uint
        list_double_max_double list(double).() double
        list_bool_max_bool list(bool).() bool
        list_duration_max_duration list(duration).() duration
        list_timestamp_max_timestamp list(timestamp).() timestamp
        list_string_max_string list(string).() string
        list_bytes_max_bytes list(bytes).() bytes
        ",
    ),
    (
        "min",
        lists::min,
        "
        list_int_min_int list(int).() int
        list_uint_min_uint list(uint).() uint
        list_double_min_double list(double).() double
        list_bool_min_bool list(bool).() bool
        list_duration_min_duration list(duration).() duration
        list_timestamp_min_timestamp list(timestamp).() timestamp
        list_string_min_string list(string).() string
        list_bytes_min_bytes list(bytes).() bytes
        ",
    ),
    ("slice", lists::slice, "list_slice list(T).(int, int) list(T)"),
    (
        "flatten",
        lists::flatten,
        "
        list_flatten list(list(T)).() list(T)
        list_flatten_int list(dyn).(int) list(dyn)
        ",
    ),
    (
        "sort",
        lists::sort,
        "
        list_int_sort list(int).() list(int)
        list_uint_sort list(uint).() list(uint)
        list_double_sort list(double).() list(double)
        list_bool_sort list(bool).() list(bool)
        list_duration_sort list(duration).() list(duration)
        list_timestamp_sort list(timestamp).() list(timestamp)
        list_string_sort list(string).() list(string)
        list_bytes_sort list(bytes).() list(bytes)
        ",
    ),
    (
        "@sortByAssociatedKeys",
        lists::sort_by,
        "
        list_int_sortByAssociatedKeys list(T).(list(int)) list(T)
        list_uint_sortByAssociatedKeys list(T).(list(uint)) list(T)
        list_double_sortByAssociatedKeys list(T).(list(double)) list(T)
        list_bool_sortByAssociatedKeys list(T).(list(bool)) list(T)
        list_duration_sortByAssociatedKeys list(T).(list(duration)) list(T)
        list_timestamp_sortByAssociatedKeys list(T).(list(timestamp)) list(T)
        list_string_sortByAssociatedKeys list(T).(list(string)) list(T)
        list_bytes_sortByAssociatedKeys list(T).(list(bytes)) list(T)
        ",
    ),
    ("lists.range", lists::range, "lists_range (int) list(int)"),
    ("reverse", lists::reverse, "list_reverse list(T).() list(T)"),
    ("distinct", lists::distinct, "list_distinct list(T).() list(T)"),
    ("sets.contains", lists::contains, "list_sets_contains_list (list(T), list(T)) bool"),
    ("sets.equivalent", lists::equivalent, "list_sets_equivalent_list (list(T), list(T)) bool"),
    ("sets.intersects", lists::intersects, "list_sets_intersects_list (list(T), list(T)) bool"),
    ("url", url::parse, "string_to_url (string) URL"),
    ("isURL", url::is, "is_url_string (string) bool"),
    ("getScheme", url::scheme_text, "url_get_scheme URL.() string"),
    ("getHost", url::host, "url_get_host URL.() string"),
    ("getHostname", url::hostname, "url_get_hostname URL.() string"),
    ("getPort", url::port, "url_get_port URL.() string"),
    ("getEscapedPath", url::escaped_path, "url_get_escaped_path URL.() string"),
    ("getQuery", url::query, "url_get_query URL.() map(string, list(string))"),
    (
        "ip",
        net::ip,
        "
        string_to_ip (string) IP
        cidr_ip CIDR.() IP
        ",
    ),
    ("isIP", net::is_ip, "is_ip (string) bool"),
    ("ip.isCanonical", net::is_canonical, "ip_is_canonical (string) bool"),
    ("family", net::family, "ip_family IP.() int"),
    ("isUnspecified", net::is_unspecified, "ip_is_unspecified IP.() bool"),
    ("isLoopback", net::is_loopback, "ip_is_loopback IP.() bool"),
    ("isLinkLocalMulticast", net::is_link_local_multicast, "ip_is_link_local_multicast IP.() bool"),
    ("isLinkLocalUnicast", net::is_link_local_unicast, "ip_is_link_local_unicast IP.() bool"),
    ("isGlobalUnicast", net::is_global_unicast, "ip_is_global_unicast IP.() bool"),
    ("cidr", net::cidr, "string_to_cidr (string) CIDR"),
    ("isCIDR", net::is_cidr, "is_cidr (string) bool"),
    (
        "containsIP",
        net::contains_ip,
        "
        cidr_contains_ip_string CIDR.(string) bool
        cidr_contains_ip_ip CIDR.(IP) bool
        ",
    ),
    (
        "containsCIDR",
        net::contains_cidr,
        "
        cidr_contains_cidr_string CIDR.(string) bool
        cidr_contains_cidr CIDR.(CIDR) bool
        ",
    ),
    ("prefixLength", net::prefix_length, "cidr_prefix_length CIDR.() int"),
    ("masked", net::masked, "cidr_masked CIDR.() CIDR"),
    ("quantity", quantity::parse, "string_to_quantity (string) Quantity"),
    ("isQuantity", quantity::is, "is_quantity_string (string) bool"),
    ("sign", quantity::sign, "quantity_sign (Quantity) int"),
    (
        "isGreaterThan",
        quantity::is_greater,
        "
        quantity_is_greater_than Quantity.(Quantity) bool
        semver_is_greater_than Semver.(Semver) bool
        ",
    ),
    (
        "isLessThan",
        quantity::is_less,
        "
        quantity_is_less_than Quantity.(Quantity) bool
        semver_is_less_than Semver.(Semver) bool
        ",
    ),
    (
        "compareTo",
        quantity::compare_to,
        "
        quantity_compare_to Quantity.(Quantity) int
        semver_compare_to Semver.(Semver) int
        ",
    ),
    ("asApproximateFloat", quantity::as_float, "quantity_get_float Quantity.() double"),
    ("asInteger", quantity::as_integer, "quantity_get_int Quantity.() int"),
    ("isInteger", quantity::is_integer, "quantity_is_integer Quantity.() bool"),
    (
        "add",
        quantity::add,
        "
        quantity_add Quantity.(Quantity) Quantity
        quantity_add_int Quantity.(int) Quantity
        ",
    ),
    (
        "sub",
        quantity::sub,
        "
        quantity_sub Quantity.(Quantity) Quantity
        quantity_sub_int Quantity.(int) Quantity
        ",
    ),
    (
        "semver",
        semver::parse,
        "
        string_to_semver (string) Semver
        string_bool_to_semver (string, bool) Semver
        ",
    ),
    (
        "isSemver",
        semver::is,
        "
        is_semver_string (string) bool
        is_semver_string_bool (string, bool) bool
        ",
    ),
    ("major", semver::major, "semver_major Semver.() int"),
    ("minor", semver::minor, "semver_minor Semver.() int"),
    ("patch", semver::patch, "semver_patch Semver.() int"),
    ("validate", named::validate, "format-validate Format.(string) optional(list(string))"),
    ("format.named", named::named, "format-named (string) optional(Format)"),
    ("format.dns1123Label", named::dns1123_label, "format.dns1123Label () Format"),
    ("format.dns1123Subdomain", named::dns1123_subdomain, "format.dns1123Subdomain () Format"),
    ("format.dns1035Label", named::dns1035_label, "format.dns1035Label () Format"),
    ("format.qualifiedName", named::qualified_name, "format.qualifiedName () Format"),
    (
        "format.dns1123LabelPrefix",
        named::dns1123_label_prefix,
        "format.dns1123LabelPrefix () Format",
    ),
    (
        "format.dns1123SubdomainPrefix",
        named::dns1123_subdomain_prefix,
        "format.dns1123SubdomainPrefix () Format",
    ),
    (
        "format.dns1035LabelPrefix",
        named::dns1035_label_prefix,
        "format.dns1035LabelPrefix () Format",
    ),
    ("format.labelValue", named::label_value, "format.labelValue () Format"),
    ("format.uri", named::uri, "format.uri () Format"),
    ("format.uuid", named::uuid, "format.uuid () Format"),
    ("format.byte", named::byte, "format.byte () Format"),
    ("format.date", named::date, "format.date () Format"),
    ("format.datetime", named::datetime, "format.datetime () Format"),
    (
        "jsonpatch.escapeKey",
        strings::escape_key,
        "string_jsonpatch_escapeKey_string (string) string",
    ),
];
