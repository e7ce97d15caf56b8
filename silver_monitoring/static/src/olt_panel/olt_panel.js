import { useState } from "@odoo/owl";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { OltPanel } from "@silver_isp/olt_panel/olt_panel";

/** Adds to the panel what the ONUs receive: a second way to colour the ports, and a heat map of the
 * ONUs of the chosen port. */
patch(OltPanel.prototype, {
    setup() {
        super.setup();
        this.signal = useState({
            mode: this.props.action.params?.mode || "occupancy",
            onus: [],
        });
    },

    async load(oltId) {
        await super.load(oltId);
        if (this.signal) {
            this.signal.onus = [];
        }
    },

    setMode(mode) {
        this.signal.mode = mode;
    },

    async select(port) {
        const [onus] = await Promise.all([
            this.orm.call("isp.olt.card.port", "signal_data", [[port.id]]),
            super.select(port),
        ]);
        this.signal.onus = onus;
    },

    color(port) {
        if (this.signal.mode !== "signal") {
            return super.color(port);
        }
        if (port.out_of_service) {
            return "broken";
        }
        if (!port.onus) {
            return "dark";
        }
        return this.heat(port.online ? port.rx_worst : null);
    },

    /** From green to red, in the steps in which a technician thinks. */
    heat(rx) {
        const { weak, critical } = this.state.olt;
        if (rx === null || rx === undefined) {
            return "heat_none";
        }
        if (rx <= critical) {
            return "heat_critical";
        }
        if (rx <= weak) {
            return "heat_weak";
        }
        return rx <= weak + 3 ? "heat_fair" : "heat_good";
    },

    title(port) {
        const lines = [super.title(port)];
        if (port.onus) {
            lines.push(_t("%s of %s ONUs on line", port.online, port.onus));
            if (port.rx_mean !== null) {
                lines.push(_t("mean %s dBm, worst %s dBm", port.rx_mean, port.rx_worst));
            }
            if (port.weak) {
                lines.push(_t("%s weak", port.weak));
            }
        }
        return lines.join("\n");
    },

    onuColor(onu) {
        return onu.phase === "working" ? this.heat(onu.rx) : `phase_${onu.phase}`;
    },

    onuTitle(onu) {
        const power = onu.rx === null ? "" : _t("%s dBm", onu.rx);
        return [`${onu.number} · ${onu.serial}`, onu.customer, onu.splitter, onu.state, power]
            .filter(Boolean)
            .join("\n");
    },

    readAt() {
        const { read_at } = this.state.olt;
        return read_at ? formatDateTime(deserializeDateTime(read_at)) : "";
    },

    openOnu(onu) {
        this.open("isp.onu.signal", onu.id);
    },
});
