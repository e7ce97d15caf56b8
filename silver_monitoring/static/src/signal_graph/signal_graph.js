import { Component, onWillStart, onWillUpdateProps, useEffect, useRef, useState } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const { DateTime } = luxon;
const HOUR = 3600000;
/** Points further apart than this are not joined: nobody knows what was between them. */
const GAP = { sample: HOUR, hour: 4 * HOUR, day: 60 * HOUR };

/** What an ONU received, as a line with the limits: on any form whose model has `signal_series`. */
export class SignalGraph extends Component {
    static template = "silver_monitoring.SignalGraph";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.canvas = useRef("canvas");
        this.state = useState({ days: 30, data: null });
        // both at once: a call made after the form was drawn anew would be one of a destroyed component
        onWillStart(() => Promise.all([loadBundle("web.chartjs_lib"), this.load(this.props)]));
        onWillUpdateProps(async (next) => {
            if (next.record.resId !== this.props.record.resId) {
                await this.load(next);
            }
        });
        useEffect(
            () => {
                const chart = this.draw();
                return () => chart?.destroy();
            },
            () => [this.state.data, this.canvas.el]
        );
    }

    get ranges() {
        return [
            { days: 1, name: _t("Day") },
            { days: 7, name: _t("Week") },
            { days: 30, name: _t("Month") },
            { days: 180, name: _t("Half a year") },
        ];
    }

    async load({ record }) {
        this.state.data = record.resId
            ? await this.orm.call(record.resModel, "signal_series", [[record.resId]], {
                  days: this.state.days,
              })
            : null;
    }

    async setDays(days) {
        this.state.days = days;
        await this.load(this.props);
    }

    get empty() {
        return !this.state.data?.points.length;
    }

    /** Chart.js breaks a line at a null: one is put where readings are missing. */
    line(index) {
        const { points, resolution } = this.state.data;
        const line = [];
        for (const point of points) {
            const last = line.at(-1);
            if (last && point[0] - last.x > GAP[resolution]) {
                line.push({ x: last.x + 1, y: null });
            }
            line.push({ x: point[0], y: point[index] === false ? null : point[index] });
        }
        return line;
    }

    limit(label, value, color) {
        const { points } = this.state.data;
        return {
            label,
            data: [points[0], points.at(-1)].map((point) => ({ x: point[0], y: value })),
            borderColor: color,
            borderWidth: 1,
            borderDash: [5, 4],
            pointRadius: 0,
            fill: false,
        };
    }

    draw() {
        if (this.empty || !this.canvas.el) {
            return;
        }
        const { data } = this.state;
        const band = { borderWidth: 0, pointRadius: 0, backgroundColor: "rgba(59, 130, 196, 0.22)" };
        const datasets = [
            {
                label: _t("Received (dBm)"),
                data: this.line(2),
                borderColor: "#2b6aa5",
                backgroundColor: "#2b6aa5",
                borderWidth: 1.5,
                pointRadius: data.points.length > 60 ? 0 : 2,
                fill: false,
            },
            { ...band, label: _t("Highest"), data: this.line(3), fill: "+1" },
            { ...band, label: _t("Lowest"), data: this.line(1), fill: false },
            this.limit(_t("Weak"), data.weak, "#e0a100"),
            this.limit(_t("Critical"), data.critical, "#d23f3f"),
            {
                label: _t("Off line (%)"),
                type: "bar",
                yAxisID: "online",
                data: data.points
                    .filter((point) => point[4] < 1)
                    .map((point) => ({ x: point[0], y: 100 * (1 - point[4]) })),
                backgroundColor: "rgba(210, 63, 63, 0.35)",
                barThickness: Math.max(1, Math.floor(800 / data.points.length)),
            },
        ];
        const values = data.points.flatMap((point) => point.slice(1, 4)).filter((v) => v !== false);
        return new Chart(this.canvas.el, {
            type: "line",
            data: { datasets },
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: { mode: "nearest", axis: "x", intersect: false },
                scales: {
                    x: {
                        type: "linear",
                        min: data.points[0][0],
                        max: data.points.at(-1)[0],
                        ticks: { maxTicksLimit: 9, callback: (value) => this.moment(value) },
                    },
                    y: {
                        suggestedMin: Math.min(data.critical - 1, ...values),
                        suggestedMax: Math.max(data.weak + 1, ...values),
                        title: { display: true, text: "dBm" },
                    },
                    online: { display: false, min: 0, max: 100, position: "right" },
                },
                plugins: {
                    legend: {
                        position: "bottom",
                        labels: {
                            boxWidth: 14,
                            filter: (item) => ![1, 2].includes(item.datasetIndex),
                        },
                    },
                    tooltip: {
                        callbacks: {
                            title: (items) =>
                                DateTime.fromMillis(items[0].parsed.x).toFormat("dd/MM/yyyy HH:mm"),
                            label: (item) =>
                                `${item.dataset.label}: ${item.parsed.y?.toFixed(1) ?? "–"}`,
                        },
                    },
                },
            },
        });
    }

    moment(value) {
        const format = this.state.days <= 1 ? "HH:mm" : "dd/MM";
        return DateTime.fromMillis(value).toFormat(format);
    }
}

registry.category("view_widgets").add("silver_signal_graph", { component: SignalGraph });
