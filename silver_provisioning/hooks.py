def post_init_hook(env):
    """Services that were delivered before this module came get their line and their targets."""
    env["isp.provisioning.device"]._of("radius", env["isp.radius.server"].search([]))
    env["isp.contract"].search([("state", "in", ["active", "suspended"])])._provision()
