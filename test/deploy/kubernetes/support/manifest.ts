/** As much of Kubernetes' objects as these tests look at; that they are right is schemas.test.ts's. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Texts };
  /** Of a ConfigMap. */
  readonly data?: Texts;
  readonly spec?: {
    readonly template?: { readonly metadata: { readonly labels: Texts }; readonly spec: Pod };
    readonly [key: string]: unknown;
  };
}

type Texts = Readonly<Record<string, string>>;

export interface Pod {
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes: readonly Volume[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly terminationGracePeriodSeconds: number;
  readonly [key: string]: unknown;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly restartPolicy?: string;
  readonly env?: readonly Variable[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources: {
    readonly requests: { readonly memory: string };
    readonly limits: { readonly memory: string };
  };
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
    readonly subPathExpr?: string;
  }[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
}

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string; readonly scheme?: string };
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly configMapKeyRef?: KeyRef;
    readonly secretKeyRef?: KeyRef;
    readonly fieldRef?: { readonly fieldPath: string };
  };
}

interface KeyRef {
  readonly name: string;
  readonly key: string;
}

export interface Volume {
  readonly name: string;
  readonly emptyDir?: object;
  readonly hostPath?: { readonly path: string };
  readonly persistentVolumeClaim?: object;
  readonly secret?: { readonly secretName: string; readonly defaultMode: number };
  readonly projected?: {
    readonly defaultMode: number;
    readonly sources: readonly { readonly configMap: { readonly name: string } }[];
  };
}

/** The pods that an object makes: a Deployment's or a DaemonSet's. */
export const podsOf = (manifests: readonly Manifest[]): Pod[] =>
  manifests.flatMap(({ spec }) => (spec?.template === undefined ? [] : [spec.template.spec]));

/** All containers of a pod, sidecars too. */
export const containersOf = ({ initContainers = [], containers }: Pod): Container[] => [
  ...initContainers,
  ...containers,
];
