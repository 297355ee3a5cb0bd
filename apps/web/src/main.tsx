import './styles.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { LiveEvents } from './api/live.ts'
import { LiveProvider } from './api/live-context.tsx'
import { createQueryClient } from './api/query-client.ts'
import { createAppRouter } from './app/router.tsx'
import { ToastProvider } from './ui/toasts.tsx'

const queryClient = createQueryClient()
const live = new LiveEvents(queryClient)
const router = createAppRouter()

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root.')

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <LiveProvider live={live}>
        <ToastProvider>
          <RouterProvider router={router} />
        </ToastProvider>
      </LiveProvider>
    </QueryClientProvider>
  </StrictMode>,
)
