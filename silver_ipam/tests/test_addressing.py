import ipaddress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ..tools import addressing, cgnat


@st.composite
def pools(draw):
    """A network, a block length in it and one of its units."""
    if draw(st.booleans()):
        length = draw(st.integers(0, 32))
        plen = draw(st.integers(length, 32))
        base = draw(st.integers(0, 2**32 - 1))
        network = ipaddress.ip_network((base >> (32 - length) << (32 - length), length))
    else:
        length = draw(st.integers(8, 128))
        plen = draw(st.integers(length, min(128, length + addressing.MAX_WIDTH)))
        base = draw(st.integers(2**125, 2**126 - 1))
        base = base >> (128 - length) << (128 - length)
        network = ipaddress.IPv6Network((base, length))
    return network, plen, draw(st.integers(0, addressing.size(network, plen) - 1))


@tagged("post_install", "-at_install")
class TestAddressing(TransactionCase):
    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(pools())
    def test_sql_and_python_agree(self, pool):
        network, plen, unit = pool
        block = addressing.block(network, plen, unit)
        [(sql_block, sql_unit, last_unit, scope)] = self.env.execute_query(
            SQL(
                "SELECT isp_ip_block(%(n)s::cidr, %(p)s, %(u)s)::text,"
                " isp_ip_unit(%(n)s::cidr, %(p)s, %(first)s::inet),"
                " isp_ip_unit(%(n)s::cidr, %(p)s, %(last)s::inet), isp_ip_scope(%(n)s::inet)",
                n=str(network),
                p=plen,
                u=unit,
                first=str(block.network_address),
                last=str(block[-1]),
            )
        )
        self.assertEqual(ipaddress.ip_network(sql_block), block)
        self.assertEqual((sql_unit, last_unit), (unit, unit))
        self.assertEqual(addressing.unit(network, plen, block[-1]), unit)
        self.assertEqual(scope, addressing.scope(network))

    @settings(deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(1, 20).flatmap(lambda k: st.tuples(st.just(k), st.integers(0, 2**k - 1))))
    def test_spread_is_a_permutation_of_itself(self, case):
        bits, number = case
        self.assertEqual(addressing.spread(addressing.spread(number, bits), bits), number)

    def test_spread_in_sql(self):
        for bits in (0, 1, 5, 16):
            rows = self.env.execute_query(
                SQL(
                    "SELECT n, isp_ip_spread(n, %s) FROM generate_series(0, %s) n",
                    bits,
                    2**bits - 1,
                )
            )
            self.assertEqual([addressing.spread(n, bits) for n, _s in rows], [s for _n, s in rows])
            self.assertEqual(sorted(s for _n, s in rows), list(range(2**bits)))

    def test_scopes(self):
        for text, scope in {
            "10.0.0.0/8": "private",
            "192.168.4.0/24": "private",
            "fd00:1::/32": "private",
            "100.64.0.0/10": "cgnat",
            "200.7.160.0/26": "public",
            "2800:a00:100::/40": "public",
            "127.0.0.0/8": "special",
            "224.0.0.0/24": "special",
            "203.0.113.0/24": "special",
            "2001:db8::/32": "special",
            "fe80::/10": "special",
            "ff02::/16": "special",
            "0.0.0.0/0": "special",
            "10.0.0.0/7": "special",
            "169.254.0.0/16": "special",
        }.items():
            self.assertEqual(addressing.scope(ipaddress.ip_network(text)), scope, text)

    def test_ranges(self):
        for text, expected in {
            "10.0.0.5": ["10.0.0.5"],
            "10.0.0.5/24": ["10.0.0.5"],
            "10.0.0.5-10.0.0.7": ["10.0.0.5", "10.0.0.6", "10.0.0.7"],
            "10.0.0.5-7": ["10.0.0.5", "10.0.0.6", "10.0.0.7"],
            "10.0.0.[5-6]": ["10.0.0.5", "10.0.0.6"],
            "2800::1": ["2800::1"],
        }.items():
            self.assertEqual([str(a) for a, _length in addressing.parse_range(text)], expected)
        self.assertEqual(addressing.parse_range("2800::/56")[0][1], 56)
        for text in (
            "",
            "10.0.0.300",
            "10.0.0.9-10.0.0.1",
            "10.0.0.0-10.255.0.0",
            "x-y",
            "1.2.3.4-::1",
        ):
            with self.assertRaises(addressing.Unreadable, msg=text):
                addressing.parse_range(text)

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.integers(0, 8),
        st.integers(1, 60000),
        st.integers(1, 5000),
        st.data(),
    )
    def test_cgnat_is_a_bijection(self, host_bits, first_port, share, data):
        inside = ipaddress.ip_network((int(ipaddress.ip_address("100.64.0.0")), 32 - host_bits))
        share = min(share, cgnat.PORTS - first_port)
        rule = cgnat.Rule(inside, ipaddress.ip_network("200.7.160.0/24"), first_port, share)
        if not rule.fits():
            return
        host = inside[data.draw(st.integers(0, inside.num_addresses - 1))]
        block = rule.ports(host)
        self.assertLess(block.last, cgnat.PORTS)
        for port in (block.first, block.last):
            self.assertEqual(rule.subscriber(block.outside, port), host)
        if block.first > first_port:
            self.assertNotEqual(rule.subscriber(block.outside, block.first - 1), host)
