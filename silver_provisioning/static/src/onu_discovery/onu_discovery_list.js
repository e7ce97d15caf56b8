import { onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

/** The list is renewed when an OLT has said which ONUs light up. */
export class OnuDiscoveryListController extends ListController {
    setup() {
        super.setup();
        const bus = useService("bus_service");
        const renew = () => {
            // somebody who has selected rows is working with them
            if (!this.model.root.selection?.length) {
                this.model.load();
            }
        };
        bus.subscribe("silver_provisioning.discovered", renew);
        onWillUnmount(() => bus.unsubscribe("silver_provisioning.discovered", renew));
    }
}

registry.category("views").add("onu_discovery_list", {
    ...listView,
    Controller: OnuDiscoveryListController,
});
