import { Component, onWillStart, useEffect, useRef, useState } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { formatFloat } from "@web/core/utils/numbers";
import { formatMonetary } from "@web/views/fields/formatters";
import { Layout } from "@web/search/layout";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useService } from "@web/core/utils/hooks";
import { deserializeDate } from "@web/core/l10n/dates";

const COLORS = {
    opening: "#6c757d",
    activated: "#28a745",
    cancelled: "#dc3545",
    reconnected: "#17a2b8",
};

export class ContractDashboard extends Component {
    static template = "silver_contract.Dashboard";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ months: 12, data: null });
        this.display = { controlPanel: {} };
        this.movements = useRef("movements");
        this.base = useRef("base");
        onWillStart(async () => {
            await loadBundle("web.chartjs_lib");
            await this.load();
        });
        useEffect(
            () => {
                const charts = this.draw();
                return () => charts.forEach((chart) => chart.destroy());
            },
            () => [this.state.data]
        );
    }

    async load() {
        this.state.data = await this.orm.call("isp.contract.dashboard", "get_data", [], {
            months: this.state.months,
        });
    }

    async setMonths(months) {
        this.state.months = months;
        await this.load();
    }

    get cards() {
        const cards = this.state.data.cards;
        return [
            {
                code: "active",
                name: _t("Active services"),
                value: cards.active,
                hint: _t("%s suspended", cards.suspended),
                domain: [["state", "=", "active"]],
            },
            {
                code: "mrr",
                name: _t("Monthly revenue (MRR)"),
                value: this.money(cards.mrr),
                hint: _t("%s per customer (ARPU)", this.money(cards.arpu)),
                action: "silver_contract.isp_contract_mrr_action",
            },
            {
                code: "churn",
                name: _t("Churn this month"),
                value: this.percent(cards.churn),
                hint: _t("%s the month before", this.percent(cards.churn_before)),
                action: "silver_contract.isp_contract_churn_action",
            },
            {
                code: "activated",
                name: _t("Activations this month"),
                value: cards.activated,
                hint: _t("%s cancellations", cards.cancelled),
                action: "silver_contract.isp_contract_churn_action",
            },
            {
                code: "mttp",
                name: _t("Days to provision"),
                value: cards.mttp_days === null ? "–" : formatFloat(cards.mttp_days, { digits: [16, 1] }),
                hint: _t("%s services in 90 days", cards.mttp_count),
                action: "silver_contract.isp_contract_mttp_action",
            },
            {
                code: "reconnected",
                name: _t("Reconnections this month"),
                value: cards.reconnected,
                hint: _t("%s services to install", cards.pending),
                domain: [["state", "in", ["draft", "pending"]]],
            },
        ];
    }

    money(amount) {
        return formatMonetary(amount, { currencyId: this.state.data.currency, digits: [16, 0] });
    }

    percent(value) {
        return value === null || value === undefined || value === false
            ? "–"
            : `${formatFloat(value, { digits: [16, 1] })} %`;
    }

    openCard(card) {
        if (card.action) {
            return this.action.doAction(card.action);
        }
        return this.openList(card.name, "isp.contract", card.domain);
    }

    openList(name, model, domain) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: model,
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain,
        });
    }

    openGroup(field, group) {
        return this.openList(group.name, "isp.contract", [
            [field, "=", group.id],
            ["state", "in", ["active", "suspended"]],
        ]);
    }

    draw() {
        const series = this.state.data.series;
        const labels = series.map((row) => deserializeDate(row.month).toFormat("LLL yy"));
        const dataset = (code, label, type = "bar") => ({
            type,
            label,
            data: series.map((row) => row[code]),
            backgroundColor: COLORS[code],
            borderColor: COLORS[code],
            tension: 0.2,
        });
        const options = {
            responsive: true,
            maintainAspectRatio: false,
            animation: false,
            plugins: { legend: { position: "bottom" } },
            scales: { y: { beginAtZero: true, ticks: { precision: 0 } } },
        };
        return [
            new Chart(this.movements.el, {
                data: {
                    labels,
                    datasets: [
                        dataset("activated", _t("Activations")),
                        dataset("cancelled", _t("Cancellations")),
                        dataset("reconnected", _t("Reconnections")),
                    ],
                },
                options,
            }),
            new Chart(this.base.el, {
                data: {
                    labels,
                    datasets: [dataset("opening", _t("Services at the start of the month"), "line")],
                },
                options,
            }),
        ];
    }
}

registry.category("actions").add("silver_contract.dashboard", ContractDashboard);
