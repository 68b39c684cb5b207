#!/bin/sh
# UVote on a Kind cluster of its own: Knative at these versions, the image built here, then the same `uvote deploy` as
# on any other cluster. Run again, it goes on where it stopped, and brings a new image if anything of UVote has changed.
set -eu

SERVING=1.23.0
KOURIER=1.23.0
EVENTING=1.23.0

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
# A file of its own: whatever cluster kubectl usually speaks to is left alone.
KUBECONFIG=$root/.uvote/kind.kubeconfig
export KUBECONFIG

for tool in docker kind kubectl; do
    if ! command -v "$tool" > /dev/null; then
        echo "kind.sh: $tool is not installed." >&2
        exit 2
    fi
done

release() { # REPOSITORY VERSION FILE
    kubectl apply -f "https://github.com/$1/releases/download/knative-v$2/$3.yaml"
}

established() {
    kubectl wait --for=condition=Established --all crd --timeout=120s
}

available() { # NAMESPACE
    kubectl wait -n "$1" --for=condition=Available --all deployment --timeout=600s
}

# Knative's config maps and objects are refused while its webhook does not answer, which it may not when its Deployment
# is available already.
answering() { # NAMESPACE WEBHOOK
    kubectl wait -n "$1" endpointslice -l "kubernetes.io/service-name=$2" --timeout=120s \
        --for=jsonpath='{.endpoints[0].conditions.ready}'=true
}

# Once more and again, since the endpoints are known a moment before the API server reaches them.
patch() { # NAMESPACE WHAT PATCH
    tries=0
    until kubectl patch -n "$1" "$2" -p "$3"; do
        tries=$((tries + 1))
        [ "$tries" -lt 20 ] || exit 1
        sleep 1
    done
}

mkdir -p "$root/.uvote"
if kind get clusters | grep -qx uvote; then
    kind export kubeconfig --name uvote
else
    kind create cluster --config "$here/kind.yaml" --wait 180s
fi

release knative/serving "$SERVING" serving-crds
established
release knative/serving "$SERVING" serving-core
release knative-extensions/net-kourier "$KOURIER" kourier
available knative-serving
available kourier-system
answering knative-serving webhook
patch knative-serving configmap/config-network '{"data":{"ingress-class":"kourier.ingress.networking.knative.dev"}}'
patch knative-serving configmap/config-domain '{"data":{"127.0.0.1.sslip.io":""}}'
# The port of the node that kind.yaml maps to this machine. (The gateway's access log is switched off by the deploy.)
patch kourier-system service/kourier \
    '{"spec":{"type":"NodePort","ports":[{"name":"http2","port":80,"nodePort":31080}]}}'

release knative/eventing "$EVENTING" eventing-crds
established
release knative/eventing "$EVENTING" eventing-core
release knative/eventing "$EVENTING" in-memory-channel
release knative/eventing "$EVENTING" mt-channel-broker
available knative-eventing
answering knative-eventing eventing-webhook
answering knative-eventing inmemorychannel-webhook

# Named by what is in it: a revision keeps the image that its name stood for when it was made. Knative looks for no
# digest of `dev.local` in a registry.
id=$(docker build --quiet "$root")
image=dev.local/uvote:$(echo "${id#sha256:}" | cut -c1-12)
docker tag "$id" "$image"
kind load docker-image "$image" --name uvote
"$root/uvote" secrets --public-url http://127.0.0.1:31080
"$root/uvote" deploy kind --image "$image"

echo "UVote answers at http://127.0.0.1:31080. For kubectl and for uvote's commands that go to the cluster:"
echo "  export KUBECONFIG=$KUBECONFIG"
echo "It all goes away with: kind delete cluster --name uvote"
