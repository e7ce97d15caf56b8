"""Parsers on text as the devices print it (shapes of public recordings, invented customers)."""

from silver_provisioning.drivers.huawei import parsers as huawei
from silver_provisioning.drivers.olt.text import render, unwrap
from silver_provisioning.drivers.olt.values import Discovered, Flow
from silver_provisioning.drivers.vsol import parsers as vsol
from silver_provisioning.drivers.zte import parsers as zte

HUAWEI_AUTOFIND = """\
   ----------------------------------------------------------------------------
   Number              : 1
   F/S/P               : 0/1/0
   Ont SN              : 4857544311AA22BB (HWTC-11AA22BB)
   Password            : 0x00000000000000000000
   Loid                :
   Checkcode           :
   VendorID            : HWTC
   Ont Version         : 494.B
   Ont SoftwareVersion : V3R015C10S150
   Ont EquipmentID     : 245H
   Ont autofind time   : 2026-11-01 00:00:00+00:00
   Multi channel       : -
   ----------------------------------------------------------------------------
   Number              : 2
   F/S/P               : 0/ 2/11
   Ont SN              : 5A544547C1234501 (ZTEG-C1234501)
   VendorID            : ZTEG
   Ont autofind time   : 2026-11-01 00:00:00+00:00
   ----------------------------------------------------------------------------
   The number of GPON autofind ONT is 2
"""

HUAWEI_INFO = """\
  -----------------------------------------------------------------------------
  F/S/P                   : 0/ 1/6
  ONT-ID                  : 12
  Control flag            : active
  Run state               : offline
  Config state            : initial
  Match state             : initial
  ONT distance(m)         : 471
  ONT last distance(m)    : 39
  SN                      : 4857544311AA22BB (HWTC-11AA22BB)
  Management mode         : OMCI
  ONT IP 0 address/mask   : 192.168.0.1/24
  Description             : C0001: José, "casa"
  Last down cause         : dying-gasp
  Last up time            : 2026-01-05 08:56:12+08:00
  FEC upstream state      :
  Fiber route             : none
  -----------------------------------------------------------------------------
  Line profile ID      : 500
  Line profile name    : new_link
  -----------------------------------------------------------------------------
  FEC upstream switch :Disable
  Mapping mode        :Vlan
  <T-CONT   0>          DBA Profile-ID:1
    <Gem Index 126>
    |Serv-Type:ETH |Encrypt:off |Cascade:off |GEM-CAR:-            |
     0       500   -        -      -     -       -     -
  -----------------------------------------------------------------------------
  Service profile ID   : 501
  Service profile name : new_link
"""

HUAWEI_TABLE = """\
  -----------------------------------------------------------------------------
  F/S/P   ONT         SN         Control     Run      Config   Match    Protect
          ID                     flag        state    state    state    side
  -----------------------------------------------------------------------------
  0/ 2/0    0  4857544311AA2201  active      offline  online   initial  no
  0/ 2/0    1  4857544311AA2202  deactivated offline  initial  mismatch yes
  0/ 2/0    2  4857544311AA2203  active      online   normal   match    no
  0/ 2/0   13  4857544311AA2204  active      -        -        -        yes
  ------------------------------- ----------------------------------------------
  F/S/P   ONT-ID   Description
  -----------------------------------------------------------------------------
  0/ 2/0       0   The boiling consignment budgets.
  0/ 2/0       1   C0002
  0/ 2/0       2   0/2/0 2 not a row
  -----------------------------------------------------------------------------
  In port 0/ 2/0, the total number of ONTs are: 4, online: 1, offline: 2
  -----------------------------------------------------------------------------
"""

HUAWEI_FLOWS = """\
Switch-Oriented Flow List
  -----------------------------------------------------------------------------
   INDEX VLAN VLAN     PORT F/ S/ P VPI  VCI   FLOW  FLOW       RX   TX   STATE
         ID   ATTR     TYPE                    TYPE  PARA
  -----------------------------------------------------------------------------
    5827 2    common   gpon 0/1 /0  0    1     vlan  2          -    -    up
    5828 100  common   gpon 0/1 /11 12   1     vlan  200        10   11   down
  -----------------------------------------------------------------------------
   Total : 2  (Up/Down :    1/1)
   Note : F--Frame, S--Slot, P--Port,
          VPI indicates ONT ID for PON, VCI indicates GEM index for GPON,
          Eight bits of its binary value indicate priorities 0-7
"""

HUAWEI_OPTICAL = """\
  -----------------------------------------------------------------------------
  ONT  Rx power  Tx power  OLT Rx ONT  Temperature  Voltage  Current  Distance
  ID   (dBm)     (dBm)     power(dBm)  (C)          (V)      (mA)     (m)
  -----------------------------------------------------------------------------
    0  -24.68    3.68      -22.68      38           3.200    6        171
    1  -         -         -           -            -        -        -
  -----------------------------------------------------------------------------
"""


def test_huawei_autofind():
    assert huawei.autofind(HUAWEI_AUTOFIND) == [
        Discovered("HWTC11AA22BB", 1, 0, "245H"),
        Discovered("ZTEGC1234501", 2, 11, ""),
    ]
    assert huawei.autofind("  Failure: The automatically found ONTs do not exist") == []


def test_huawei_added():
    answer = "  Number of ONTs that can be added: 1, success: 1\n  PortID :3, ONTID :17"
    assert huawei.added(answer) == 17 and huawei.added("") is None


def test_huawei_info():
    ont = huawei.ont_info(HUAWEI_INFO)
    assert (ont.serial, ont.slot, ont.port, ont.number) == ("HWTC11AA22BB", 1, 6, 12)
    assert (ont.enabled, ont.online, ont.phase) == (True, False, "dyinggasp")
    assert (ont.line_profile, ont.service_profile, ont.distance_m) == ("500", "501", 471)
    assert ont.description == 'C0001: José, "casa"'
    assert huawei.ont_info("  The required ONT does not exist") is None


def test_huawei_info_with_an_alarm_in_the_middle():
    noisy = HUAWEI_INFO.replace(
        "  Config state",
        "\n! RUNNING MAJOR 2026-11-21 01:00:00 ALARM NAME :Dying gasp of GPON ONTi\n  Config state",
    )
    assert huawei.ont_info(noisy) == huawei.ont_info(HUAWEI_INFO)


def test_huawei_table():
    onts = huawei.ont_table(HUAWEI_TABLE)
    assert [(o.serial, o.number, o.enabled, o.phase) for o in onts] == [
        ("HWTC11AA2201", 0, True, "unknown"),
        ("HWTC11AA2202", 1, False, "offline"),
        ("HWTC11AA2203", 2, True, "working"),
        ("HWTC11AA2204", 13, True, "unknown"),
    ]
    assert [o.description for o in onts] == [
        "The boiling consignment budgets.",
        "C0002",
        "0/2/0 2 not a row",
        None,
    ]


def test_huawei_service_ports():
    assert huawei.service_ports(HUAWEI_FLOWS) == {
        (1, 0, 0): [Flow(2, 2, 1, "", "", 5827)],
        (1, 11, 12): [Flow(100, 200, 1, "10", "11", 5828)],
    }
    assert huawei.service_ports("  Failure: No service virtual port can be operated") == {}


def test_huawei_optics():
    table = huawei.optical(HUAWEI_OPTICAL)
    assert table[0]["rx_dbm"] == -24.68 and table[0]["olt_rx_dbm"] == -22.68
    assert table[0]["distance_m"] == 171 and table[1]["rx_dbm"] is None


ZTE_UNCFG = """\
OnuIndex                 Sn                  State
---------------------------------------------------------------------
gpon-onu_1/1/1:1         ZTEGC1234501        unknown
gpon-onu_1/2/16:1        HWTC11AA22BB        unknown
"""
ZTE_STATE = """\
OnuIndex   Admin State  OMCC State  Phase State  Channel
--------------------------------------------------------------
1/1/1:1     enable       enable      working      1(GPON)
1/1/1:2     enable       disable     LOS          1(GPON)
1/1/1:23    enable       disable     DyingGasp    1(GPON)
gpon-onu_1/1/1:24 enable disable     OffLine      1(GPON)
1/1/1:25    enable       disable     syncMib      1(GPON)
ONU Number: 1/5
"""
ZTE_RUNNING = """\
Building configuration...
interface gpon-onu_1/1/1:23
  name C0001
  description ---
  sn-bind enable sn
  tcont 1 name Internet profile UP-50M
  tcont 2 profile VOIP
  gemport 1 name Internet tcont 1
  gemport 2 tcont 2
  gemport 1 traffic-limit upstream UP-50M downstream DOWN-50M
  service-port 1 vport 1 user-vlan 100 vlan 1100
  service-port 2 vport 2 user-vlan 200 vlan 200
!
end
"""
ZTE_POWER = """\
           OLT                  ONU              Attenuation
--------------------------------------------------------------------------
 up      Rx :-23.565(dbm)      Tx:2.365(dbm)        25.930(dB)

 down    Tx :4.876(dbm)        Rx:-20.264(dbm)      25.140(dB)
"""


def test_zte_unconfigured_and_places():
    assert zte.unconfigured(ZTE_UNCFG) == [
        Discovered("ZTEGC1234501", 1, 1),
        Discovered("HWTC11AA22BB", 2, 16),
    ]
    assert zte.place("Search result\n----\ngpon-onu_1/2/16:3\n") == (2, 16, 3)
    assert zte.place("%Code 32310-GPONSRV : No related information to show.") is None


def test_zte_states():
    assert zte.states(ZTE_STATE) == {
        1: "working",
        2: "los",
        23: "dyinggasp",
        24: "offline",
        25: "unknown",
    }


def test_zte_running():
    found = zte.interface(ZTE_RUNNING)
    assert (found.name, found.tcont, found.upload, found.download) == (
        "C0001",
        "UP-50M",
        "UP-50M",
        "DOWN-50M",
    )
    assert found.flows == (Flow(1100, 100, 1, "", "", 1), Flow(200, 200, 2, "", "", 2))
    # activation that stopped half-way: without the GEM port the T-CONT counts as not there
    assert zte.interface("interface gpon-onu_1/1/1:1\n  tcont 1 profile UP-50M\n!").tcont == ""


def test_zte_running_wrapped_at_80_columns():
    line = (
        "  wan-ip 1 mode pppoe username a.long.user.name@silvernet.example password clave1234 "
        "vlan-profile wan100 host 1"
    )
    wrapped = "\n".join(["pon-onu-mng gpon-onu_1/1/1:1", line[:80], line[80:], "!"])
    found = zte.management(unwrap(wrapped))
    assert (found.wan_username, found.wan_password) == (
        "a.long.user.name@silvernet.example",
        "clave1234",
    )


def test_zte_power():
    assert zte.attenuation(ZTE_POWER) == (-20.264, 2.365, -23.565)
    dark = ZTE_POWER.replace("-23.565(dbm)", "no signal").replace("-20.264(dbm)", "N/A ")
    assert zte.attenuation(dark)[0] is None
    assert zte.attenuation("%Error 20203: Onu is not exist") == (None, None, None)


VSOL_FOUND = render(
    "OnuIndex\x1b[17CSn\x1b[23CState\r\n" + "-" * 57 + "\r\n"
    "GPON0/1:1\x1b[25CVSOL007E31DE\x1b[50Cunknow\r\nGPON0/8:2\x1b[25CGPON002E64F8\x1b[50Cunknow\r\n"
)
VSOL_STATE = """\
OnuIndex    Admin State    OMCC State    Phase State    Channel
---------------------------------------------------------------
1/1/1:7     enable         disable       DyingGasp      1(GPON)
1/1/2:8     enable         enable        working        1(GPON)
ONU Number: 1/2
"""
VSOL_RUNNING = """\
!
hostname gpon-olt
!
interface vlan 1001
 onu add 1 profile nope sn VSOL00000000
!
interface gpon 0/1
 onu add 29 profile V2802DAC sn VSOL007E31DE
 onu 29 desc C0001
 onu 29 tcont 1 name Internet dba Internet
 onu 29 gemport 1 tcont 1 gemport_name Internet
 onu 29 gemport 1 traffic-limit upstream 100M-UP downstream 100M-DOWN
 onu 29 service Internet gemport 1 vlan 1001
 onu 29 service-port 1 gemport 1 uservlan 1001 vlan 1001
 onu 29 service-port 1 description Internet
 onu 29 portvlan veip 1 mode transparent
!
interface gpon 0/2
 onu add 29 profile default sn VSOL007E31DF
!
"""


def test_vsol_tables():
    assert vsol.waiting(VSOL_FOUND) == [
        Discovered("VSOL007E31DE", 0, 1),
        Discovered("GPON002E64F8", 0, 8),
    ]
    assert vsol.states(VSOL_STATE) == {(1, 7): "dyinggasp", (2, 8): "working"}
    info = "Onuindex   Model   Profile   Mode  AuthInfo\nGPON0/1:29 V411 V2801RGW sn VSOL007E31DE\n"
    assert vsol.numbers(info) == {29}


def test_vsol_running():
    found = vsol.running(VSOL_RUNNING)
    onu = found["VSOL007E31DE"]
    assert (onu.port, onu.number, onu.profile, onu.description) == (1, 29, "V2802DAC", "C0001")
    assert (onu.tcont, onu.gemport, onu.upload, onu.download) == (
        "Internet",
        True,
        "100M-UP",
        "100M-DOWN",
    )
    assert onu.flows == [Flow(1001, 1001, 1, "", "", 1)]
    assert found["VSOL007E31DF"].port == 2 and "VSOL00000000" not in found
