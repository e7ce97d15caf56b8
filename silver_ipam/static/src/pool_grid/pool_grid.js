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
        await this.show(cell.first, cell.span);
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
        if (cell.span > 1) {
            const used = this.used(cell);
            return used === 0 ? "is-free" : used >= cell.span ? "is-full" : "is-partial";
        }
        return `is-${cell.state}`;
    }

    used(cell) {
        return Object.values(cell.counts).reduce((sum, count) => sum + count, 0);
    }

    /** A part used is a bar from below; one address is all of its colour. */
    cellStyle(cell) {
        if (cell.span === 1) {
            return "";
        }
        const share = Math.max(this.used(cell) / cell.span, this.used(cell) ? 0.06 : 0);
        return `--used: ${Math.round(share * 100)}%`;
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
        if (cell.span > 1) {
            return cell.label;
        }
        const parts = cell.label.split("/")[0].split(".");
        return parts.length === 4 ? `.${parts[3]}` : "";
    }

    get columns() {
        return Math.min(16, this.state.grid.cells.length);
    }
}

registry.category("actions").add("silver_ipam.pool_grid", PoolGrid);
