"""Fields of a contract that only its verbs write, and from when on."""

#: Written by the verbs and by nothing else, in any state.
GUARDED = {
    "state",
    "state_reason",
    "state_date",
    "suspension_mode",
    "date_activation",
    "date_end",
    "reserved_until",
    "early_termination_amount",
}
#: Free while the contract is a draft; afterwards each has its own verb.
GUARDED_WHEN_LIVE = {
    "company_id",
    "currency_id",
    "partner_id",
    "product_id",
    "access_technology",
    "splitter_id",
    "splitter_port_id",
    "sector_slot_id",
}
#: Free until the equipment is installed.
GUARDED_WHEN_DELIVERED = {"onu_id"}
