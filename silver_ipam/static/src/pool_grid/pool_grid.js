import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { Component, onWillStart, useState } from "@odoo/owl";

/**
 * The map of a pool: one cell for each address, or for each block of addresses when the part shown is
 * too large. A click on a block looks closer, a click on an address opens it.
 */
export class PoolGrid extends Component {
    static template = "silver_ipam.PoolGrid";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.poolId = this.props.action.params?.pool_id || this.props.action.context?.active_id;
        this.state = useState({ grid: null, trail: [] });
        this.legend = [
            ["free", _t("Free")],
            ["reserved", _t("Reserved")],
            ["in_use", _t("In use")],
            ["quarantine", _t("Quarantine")],
            ["excluded", _t("Excluded")],
        ];
        onWillStart(() => this.show(0, null));
    }

    async show(first, span) {
        this.state.grid = await this.orm.call("isp.ip.pool", "grid", [this.poolId], { first, span });
    }

    async zoomIn(cell) {
        const { first, span, network } = this.state.grid;
        this.state.trail.push({ first, span, network });
        // never a handful of cells: at least a screen of addresses around the one clicked
        const next = Math.min(Math.max(cell.span, 256), span);
        if (next === span) {
            return this.show(cell.first, cell.span);
        }
        await this.show(Math.floor(cell.first / next) * next, next);
    }

    async zoomTo(index) {
        const { first, span } = this.state.trail[index];
        this.state.trail.splice(index);
        await this.show(first, span);
    }

    open(cell) {
        if (cell.span > 1) {
            return this.zoomIn(cell);
        }
        if (cell.reservation_id) {
            return this.action.doAction({
                type: "ir.actions.act_window",
                res_model: "isp.ip.reservation",
                res_id: cell.reservation_id,
                views: [[false, "form"]],
            });
        }
        return this.give(cell);
    }

    /** An address nobody ever had: offer it to a contract. */
    async give(cell) {
        const { may_assign, first, span } = this.state.grid;
        if (!may_assign) {
            return this.notification.add(_t("%s was never used.", cell.label), { type: "info" });
        }
        const action = await this.orm.call("isp.ip.pool", "action_give", [
            [this.poolId],
            cell.label,
        ]);
        return this.action.doAction(action, { onClose: () => this.show(first, span) });
    }

    openPool() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "isp.ip.pool",
            res_id: this.poolId,
            views: [[false, "form"]],
        });
    }

    cellClass(cell) {
        return cell.span > 1 ? "is-free" : `is-${cell.state}`;
    }

    /** A block shows its states as layers from below; what little there is stays visible. */
    cellStyle(cell) {
        if (cell.span === 1) {
            return "";
        }
        const layers = [];
        let level = 0;
        for (const [name] of this.legend) {
            const count = cell.counts[name] || 0;
            if (count) {
                const top = Math.min(100, level + Math.max((100 * count) / cell.span, 6));
                layers.push(`var(--${name}) ${level}% ${top}%`);
                level = top;
            }
        }
        if (!layers.length) {
            return "";
        }
        layers.push(`var(--free) ${level}% 100%`);
        return `background: linear-gradient(to top, ${layers.join(", ")})`;
    }

    cellTitle(cell) {
        const lines = [cell.label];
        for (const [name, label] of this.legend) {
            if (cell.span > 1) {
                if (cell.counts[name]) {
                    lines.push(`${label}: ${cell.counts[name]}`);
                }
            } else if (cell.state === name) {
                lines.push(label);
            }
        }
        if (cell.holder) {
            lines.push(cell.holder);
        }
        return lines.join("\n");
    }

    cellText(cell) {
        const parts = cell.label.split(".");
        if (parts.length !== 4) {
            return cell.span > 1 ? cell.label : cell.label.split("/")[0];
        }
        return cell.span > 1 ? `${parts[2]}.${parts[3]}` : `.${parts[3].split("/")[0]}`;
    }

    get columns() {
        return Math.min(16, this.state.grid.cells.length);
    }
}

registry.category("actions").add("silver_ipam.pool_grid", PoolGrid);
