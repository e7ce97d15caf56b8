import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { SeriesGraph } from "../series_graph/series_graph";

const BAND = "rgba(59, 130, 196, 0.22)";

/** What an ONU received, as a line with the limits: on any form whose model has `signal_series`. */
export class SignalGraph extends SeriesGraph {
    rootClass = "o_silver_signal";

    fetch(record) {
        const { days } = this.state;
        return this.orm.call(record.resModel, "signal_series", [[record.resId]], { days });
    }

    datasets() {
        const { data } = this.state;
        return [
            this.curve(_t("Received (dBm)"), 2, "#2b6aa5"),
            this.edge(_t("Highest"), 3, BAND, "+1"),
            this.edge(_t("Lowest"), 1, BAND, false),
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
    }

    scales() {
        const { data } = this.state;
        const values = data.points.flatMap((point) => point.slice(1, 4)).filter((v) => v !== false);
        return {
            y: {
                suggestedMin: Math.min(data.critical - 1, ...values),
                suggestedMax: Math.max(data.weak + 1, ...values),
                title: { display: true, text: "dBm" },
            },
            online: { display: false, min: 0, max: 100, position: "right" },
        };
    }
}

registry.category("view_widgets").add("silver_signal_graph", { component: SignalGraph });
