"""What a Prefect server is told about our flows: deployments with their forms, and work pools."""
