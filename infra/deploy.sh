#!/usr/bin/env bash
# Deploys Pipeline to Azure, or takes it away again. Every step can be run again. See README.md beside this file.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
Usage: infra/deploy.sh COMMAND GROUP

  what-if     show what a deployment would change
  deploy      the resources; image and events stay as they are
  image       build the trainer's image in the registry, and let the job use it
  publish     the functions, then the events that start them
  secret      put a secret into the vault: infra/deploy.sh secret GROUP NAME FILE
  smoke-test  ask the app whether it is ready
  all         deploy, image, publish, smoke-test
  tear-down   delete everything, posts and models included

GROUP is the resource group; it is made if it does not exist, in the region LOCATION (westeurope).
PARAMETERS names the file of parameters (infra/azuredeploy.parameters.json).
VARIANT is cuda or cpu: what the trainer's image is built for (cuda).
USAGE
}

[ $# -ge 2 ] || { usage >&2; exit 2; }
command=$1
group=$2
location=${LOCATION:-westeurope}
parameters=${PARAMETERS:-infra/azuredeploy.parameters.json}
variant=${VARIANT:-cuda}
template=infra/azuredeploy.json
deployment=pipeline

say() { printf '== %s\n' "$*" >&2; }

output() {
  az deployment group show --resource-group "$group" --name "$deployment" --query "properties.outputs.$1.value" --output tsv
}

# What an earlier deployment set and a later one must not take back.
kept=()
keep() {
  kept=()
  local job image budget start events
  job=$(az resource list --resource-group "$group" --resource-type Microsoft.App/jobs --query '[0].id' --output tsv 2>/dev/null || true)
  if [ -n "$job" ]; then
    image=$(az resource show --ids "$job" --api-version 2025-07-01 --query 'properties.template.containers[0].image' --output tsv)
    kept+=("trainerImage=$image")
  fi
  budget=$(az group show --name "$group" --query id --output tsv 2>/dev/null || true)/providers/Microsoft.Consumption/budgets/$(az deployment group show --resource-group "$group" --name "$deployment" --query properties.outputs.budget.value --output tsv 2>/dev/null || true)
  start=$(az resource show --ids "$budget" --api-version 2023-11-01 --query properties.timePeriod.startDate --output tsv 2>/dev/null || true)
  if [ -n "$start" ]; then
    kept+=("budgetStart=${start%%T*}")
  fi
  events=$(az deployment group show --resource-group "$group" --name "$deployment" --query properties.parameters.deliverEvents.value --output tsv 2>/dev/null || true)
  if [ "$events" = true ] || [ "$events" = True ]; then
    kept+=("deliverEvents=true")
  fi
}

deploy() {
  keep
  az deployment group create --resource-group "$group" --name "$deployment" --template-file "$template" \
    --parameters "@$parameters" "${kept[@]}" "$@" --output none
}

make_group() {
  say "resource group $group"
  az group create --name "$group" --location "$location" --output none
}

what_if() {
  make_group
  keep
  az deployment group what-if --resource-group "$group" --name "$deployment" --template-file "$template" \
    --parameters "@$parameters" "${kept[@]}"
}

image() {
  local registry tag
  registry=$(output registry)
  # Equal sources give an equal tag, which then stands for one image.
  tag=$(git rev-parse --short=12 HEAD)-$variant
  say "image trainer:$tag in $registry"
  if ! az acr repository show --name "$registry" --image "trainer:$tag" --output none 2>/dev/null; then
    az acr build --registry "$registry" --image "trainer:$tag" --file trainer-job/Dockerfile --build-arg "VARIANT=$variant" --timeout 7200 .
  fi
  deploy "trainerImage=$registry.azurecr.io/trainer:$tag"
}

publish() {
  local work app
  app=$(output functionApp)
  work=$(mktemp -d)
  # The folder's name is expanded now: it is a local of this function.
  # shellcheck disable=SC2064
  trap "rm -rf '$work'" EXIT
  say "functions to $app"
  dotnet publish functions -c Release -r linux-x64 --self-contained -o "$work/out"
  chmod 755 "$work/out/Pipeline.Functions"
  # zip keeps the execute bit, which the host needs.
  (cd "$work/out" && zip -q -r ../functions.zip .)
  az functionapp deployment source config-zip --resource-group "$group" --name "$app" --src "$work/functions.zip" --output none
  wait_for_functions "$app"
  say "events"
  deploy deliverEvents=true
}

# Event Grid asks the app whether it wants the events, so the app must be up, and its key for them must be there.
wait_for_functions() {
  local key
  for _ in $(seq 1 40); do
    key=$(az functionapp keys list --resource-group "$group" --name "$1" --query systemKeys.blobs_extension --output tsv 2>/dev/null || true)
    [ -n "$key" ] && return 0
    sleep 15
  done
  say "The app $1 did not come up in ten minutes. Look at its log stream; then run 'publish' again."
  return 1
}

secret() {
  if [ $# -ne 2 ] || [ ! -f "$2" ]; then
    usage >&2
    exit 2
  fi
  say "secret $1"
  az keyvault secret set --vault-name "$(output vault)" --name "$1" --file "$2" --encoding utf-8 --output none
  # References to a vault are read when the app starts.
  az functionapp restart --resource-group "$group" --name "$(output functionApp)"
}

smoke_test() {
  local url
  url=$(output functionAppUrl)/api/health
  say "$url"
  for _ in $(seq 1 20); do
    if curl --silent --show-error --fail --max-time 60 "$url/live"; then
      printf '\n'
      # Before the first model is trained the app is alive and not ready.
      curl --silent --show-error --max-time 60 "$url/ready" || true
      printf '\n'
      return 0
    fi
    sleep 15
  done
  say "The app does not answer at $url."
  return 1
}

tear_down() {
  local vault answer
  if [ "${YES:-}" != "$group" ]; then
    printf 'This deletes %s with every post and model in it. Type its name to go on: ' "$group" >&2
    read -r answer
    [ "$answer" = "$group" ] || { say "nothing was deleted"; exit 1; }
  fi
  vault=$(output vault 2>/dev/null || true)
  az group delete --name "$group" --yes
  # A deleted vault keeps its name for a week.
  if [ -n "$vault" ]; then
    az keyvault purge --name "$vault" || say "The vault $vault goes by itself in seven days."
  fi
}

case $command in
  what-if) what_if ;;
  deploy) make_group; deploy ;;
  image) image ;;
  publish) publish ;;
  secret) shift 2; secret "$@" ;;
  smoke-test) smoke_test ;;
  all) make_group; deploy; image; publish; smoke_test ;;
  tear-down) tear_down ;;
  *) usage >&2; exit 2 ;;
esac
