"""Vocabulary that several models share."""

VENDORS = [
    ("mikrotik", "MikroTik"),
    ("uisp", "Ubiquiti (UISP)"),
    ("huawei", "Huawei"),
    ("zte", "ZTE"),
    ("vsol", "V-SOL"),
    ("fiberhome", "FiberHome"),
    ("nokia", "Nokia"),
    ("cambium", "Cambium"),
    ("mimosa", "Mimosa"),
    ("cisco", "Cisco"),
    ("juniper", "Juniper"),
    ("other", "Other"),
]

TECHNOLOGIES = [("gpon", "GPON"), ("xgspon", "XGS-PON"), ("epon", "EPON")]

OPTICAL_CLASSES = [
    ("b_plus", "GPON B+ (28 dB)"),
    ("c_plus", "GPON C+ (32 dB)"),
    ("n1", "XGS-PON N1 (29 dB)"),
    ("n2", "XGS-PON N2 (31 dB)"),
    ("px20_plus", "EPON PX20+ (28 dB)"),
]

RATIOS = [(str(n), f"1:{n}") for n in (2, 4, 8, 16, 32, 64)]
