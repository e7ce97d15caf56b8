import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** A splitter with its ports, and below each cascade port the next splitter. */
export class SplitterTree extends Component {
    static template = "silver_isp.SplitterTree";
    static props = { splitter: Object, open: Function };
    static components = {};

    title(port) {
        const states = {
            free: _t("free"),
            reserved: _t("reserved"),
            used: _t("used"),
            cascade: _t("feeds a splitter"),
            resting: _t("resting"),
            broken: _t("out of service"),
        };
        return [port.number, states[port.state], port.partner, port.reference]
            .filter(Boolean)
            .join(" · ");
    }

    get children() {
        return this.props.splitter.ports.filter((port) => port.child);
    }
}
SplitterTree.components = { SplitterTree };

/** The chassis as it looks: a row for each card, a socket for each PON port, coloured by occupancy. */
export class OltPanel extends Component {
    static template = "silver_isp.OltPanel";
    static props = { ...standardActionServiceProps };
    static components = { SplitterTree };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ olts: [], olt: {}, cards: [], port: null, tree: [] });
        onWillStart(() => this.load(this.props.action.params?.olt_id));
    }

    async load(oltId) {
        const data = await this.orm.call("isp.olt", "panel_data", [], { olt_id: oltId || null });
        Object.assign(this.state, data, { port: null, tree: [] });
    }

    async select(port) {
        const tree = await this.orm.call("isp.olt.card.port", "tree_data", [[port.id]]);
        Object.assign(this.state, { port, tree });
    }

    color(port) {
        if (port.out_of_service) {
            return "broken";
        }
        if (!port.ports) {
            return "dark";
        }
        if (!port.sellable) {
            return "full";
        }
        return port.used / (port.used + port.sellable) >= 0.75 ? "tight" : "room";
    }

    title(port) {
        const lines = [port.name, _t("%s of %s ONUs", port.used, port.max)];
        if (port.ports) {
            lines.push(_t("%s can be sold", port.sellable));
        }
        if (port.down) {
            lines.push(_t("%s down", port.down));
        }
        if (port.days_to_full !== null) {
            lines.push(_t("full in %s days", port.days_to_full));
        }
        return lines.join("\n");
    }

    open(model, id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("silver_isp.olt_panel", OltPanel);
