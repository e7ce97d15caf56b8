import { Component, onWillStart, useRef, useState } from "@odoo/owl";
import { scanBarcode } from "@web/core/barcode/barcode_dialog";
import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { SignaturePad } from "./signature_pad";

const ITEM = "isp.inventory.item";
const PHOTO_MAX = 1280;
// class B+ receiver, as silver_inventory/models/isp_installation.py
const RX_MIN = -27;
const RX_MAX = -8;

/** The technician's day on a phone: what is in my van, install, bring back. */
export class Van extends Component {
    static template = "silver_inventory.Van";
    static components = { SignaturePad };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.photoInput = useRef("photo");
        this.canScan = isBarcodeScannerSupported();
        this.state = useState({ tab: "van", technician: "", van: [], recoveries: [], job: null });
        onWillStart(() => this.load());
    }

    async load() {
        Object.assign(this.state, await this.orm.call(ITEM, "technician_screen", []));
    }

    // --- one job --- //

    start(item) {
        this.state.job = {
            item,
            code: "",
            search: "",
            customers: [],
            customer: null,
            old: null,
            reference: "",
            signal: "",
            photo: null,
            signature: null,
            signedBy: "",
            note: "",
            busy: false,
        };
        this.state.tab = "job";
    }

    async scan() {
        try {
            const code = await scanBarcode(this.env);
            if (code) {
                this.state.job.code = code;
                await this.take();
            }
        } catch (error) {
            if (error?.data) {
                throw error; // the server's own message
            }
            this.notification.add(_t("The camera cannot be used: type the serial number."), {
                type: "warning",
            });
        }
    }

    /** Take the scanned or typed code as the equipment to install. */
    async take() {
        const job = this.state.job;
        const item = await this.orm.call(ITEM, "technician_scan", [job.code]);
        if (item.mine && item.status === "available") {
            job.item = item;
        } else {
            this.notification.add(_t("Not in your van. %s", item.where), { type: "danger" });
        }
    }

    async findCustomers() {
        const job = this.state.job;
        if (job.search.trim().length > 1) {
            job.customers = await this.orm.call(ITEM, "technician_customers", [job.search.trim()]);
        }
    }

    choose(customer) {
        Object.assign(this.state.job, { customer, customers: [], old: null });
    }

    get signalClass() {
        const { signal, item } = this.state.job;
        const value = parseFloat(String(signal).replace(",", "."));
        if (Number.isNaN(value) || item?.kind !== "onu") {
            return "";
        }
        return value >= RX_MIN && value <= RX_MAX ? "text-success" : "text-danger";
    }

    async takePhoto(ev) {
        const [file] = ev.target.files;
        if (!file) {
            return;
        }
        const bitmap = await createImageBitmap(file);
        const scale = Math.min(1, PHOTO_MAX / Math.max(bitmap.width, bitmap.height));
        const canvas = document.createElement("canvas");
        canvas.width = Math.round(bitmap.width * scale);
        canvas.height = Math.round(bitmap.height * scale);
        canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
        this.state.job.photo = canvas.toDataURL("image/jpeg", 0.8);
    }

    get canClose() {
        const { item, customer, busy } = this.state.job;
        return item && customer && !busy;
    }

    async close() {
        const job = this.state.job;
        const signal = parseFloat(String(job.signal).replace(",", "."));
        job.busy = true; // a second tap must not send it twice
        try {
            await this.orm.call(ITEM, "technician_close", [], {
                item_id: job.item.id,
                partner_id: job.customer.id,
                reference: job.reference || null,
                old_item_id: job.old || null,
                signal_dbm: Number.isNaN(signal) ? null : signal,
                photo: job.photo ? job.photo.split(",")[1] : null,
                signature: job.signature ? job.signature.split(",")[1] : null,
                signed_by: job.signedBy || null,
                note: job.note || null,
            });
        } finally {
            job.busy = false;
        }
        this.notification.add(_t("Installed at %s.", job.customer.name), { type: "success" });
        this.state.job = null;
        this.state.tab = "van";
        await this.load();
    }

    // --- bringing back --- //

    async visit(recovery, result) {
        await this.orm.call(ITEM, "technician_recover", [recovery.id, result]);
        this.notification.add(
            result === "recovered" ? _t("It is in your van now.") : _t("Visit registered."),
            { type: "success" }
        );
        await this.load();
    }
}

registry.category("actions").add("silver_inventory.van", Van);
